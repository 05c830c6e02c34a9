"""`lossy.py LIVE DISK MOUNT`: a file system that forgets at a power cut what nobody synchronised.

It shows the folder LIVE. What a number written to `MOUNT/.cut` leaves behind goes to the folder DISK, chosen by that seed; from then
on every call fails with EIO. Synchronised contents are there. Of other writes any sector of 512 bytes may have arrived in any of its
versions, and of lengths any that the file had. Names are a journal, as on ext4, XFS and Btrfs: the changes behind the last
synchronisation, of whatever file, arrived up to some point.
"""

import errno
import os
import random
import sys

import mfusepy

SECTOR = 512


class Memory:
    """What is durable of the tree below a folder, and what may be."""

    def __init__(self, live):
        self.live = live
        self.contents = {}
        self.versions = {}
        self.sizes = {}
        self.names = [self.seen_names()]
        for path, is_folder, _, _ in self.names[0]:
            if not is_folder:
                with open(os.path.join(live, path), "rb") as file:
                    self.synchronised(file.fileno())

    def seen_names(self):
        """Path, kind, mode and inode of everything, folders ahead of what is in them."""
        seen = []
        for folder, folders, files in os.walk(self.live):
            for name in sorted(folders) + sorted(files):
                path = os.path.join(folder, name)
                facts = os.lstat(path)
                seen.append((os.path.relpath(path, self.live), name in folders, facts.st_mode & 0o7777, facts.st_ino))
        return seen

    def renamed(self):
        self.names.append(self.seen_names())

    def written(self, handle, begin, count):
        facts = os.fstat(handle)
        self.sizes.setdefault(facts.st_ino, []).append(facts.st_size)
        sectors = self.versions.setdefault(facts.st_ino, {})
        for sector in range(begin // SECTOR, -(-(begin + count) // SECTOR)):
            sectors.setdefault(sector, []).append(os.pread(handle, SECTOR, sector * SECTOR))

    def synchronised(self, handle):
        """A file's contents, and all names so far."""
        facts = os.fstat(handle)
        self.contents[facts.st_ino] = os.pread(handle, facts.st_size, 0)
        self.versions.pop(facts.st_ino, None)
        self.sizes.pop(facts.st_ino, None)
        self.names = [self.seen_names()]

    def synchronised_names(self):
        self.names = [self.seen_names()]

    def cut(self, disk, seed):
        """Writes what the power cut leaves; the number of changes that it took."""
        dice = random.Random(seed)
        policy = dice.choice(["nothing", "latest", "any", "any"])

        def chosen(durable, later):
            if policy == "nothing" or not later:
                return durable
            return later[-1] if policy == "latest" else dice.choice([durable, *later])

        lost = 0
        names = chosen(self.names[0], self.names[1:])
        lost += names is not self.names[-1]
        for path, is_folder, mode, inode in names:
            target = os.path.join(disk, path)
            if is_folder:
                os.makedirs(target, exist_ok=True)
                os.chmod(target, mode)
                continue
            durable = self.contents.get(inode, b"")
            sizes = self.sizes.get(inode, [])
            size = chosen(len(durable), sizes)
            lost += bool(sizes) and size != sizes[-1]
            image = bytearray(durable[:size].ljust(size, b"\0"))
            for sector, versions in sorted(self.versions.get(inode, {}).items()):
                begin = sector * SECTOR
                left = chosen(durable[begin:begin + SECTOR].ljust(SECTOR, b"\0"), versions)
                lost += left != versions[-1]
                if begin < size:
                    image[begin:begin + SECTOR] = left.ljust(SECTOR, b"\0")[:size - begin]
            with open(target, "wb") as file:
                file.write(image)
            os.chmod(target, mode)
        return lost


class LossyFiles(mfusepy.Operations):
    """The calls of the kernel, handed on to the live folder."""

    use_ns = True

    def __init__(self, live, disk):
        self.live, self.disk = live, disk
        self.memory = Memory(live)
        self.is_cut = False

    def path(self, path):
        if self.is_cut:
            raise mfusepy.FuseOSError(errno.EIO)
        return self.live + path

    def alive(self):
        self.path("")

    def getattr(self, path, fh=None):
        facts = os.lstat(self.path(path))
        return {key: getattr(facts, key) for key in ("st_mode", "st_nlink", "st_uid", "st_gid", "st_size", "st_blocks")} | {
            key: getattr(facts, key + "_ns") for key in ("st_atime", "st_mtime", "st_ctime")}

    def statfs(self, path):
        facts = os.statvfs(self.path(path))
        return {key: getattr(facts, key) for key in (
            "f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_favail", "f_ffree", "f_files", "f_flag", "f_frsize", "f_namemax")}

    def access(self, path, amode):
        return 0 if os.access(self.path(path), amode) else -errno.EACCES

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(self.path(path))]

    def create(self, path, mode, fi=None):
        handle = os.open(self.path(path), os.O_RDWR | os.O_CREAT, mode)
        if path != "/.cut":
            self.memory.renamed()
        return handle

    def open(self, path, flags):
        # Appending is the kernel's matter: it says where to write.
        handle = os.open(self.path(path), (flags | os.O_RDWR if flags & os.O_ACCMODE else flags) & ~os.O_APPEND & ~os.O_WRONLY)
        if flags & os.O_TRUNC:
            self.memory.written(handle, 0, 0)
        return handle

    def read(self, path, size, offset, fh):
        self.alive()
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        self.alive()
        if path == "/.cut":
            lost = self.memory.cut(self.disk, int(data))
            self.is_cut = True
            with open(self.disk + ".lost", "w", encoding="utf-8") as file:
                file.write(f"{lost}\n")
            return len(data)
        count = os.pwrite(fh, data, offset)
        self.memory.written(fh, offset, count)
        return count

    def truncate(self, path, length, fh=None):
        handle = os.open(self.path(path), os.O_RDWR)
        os.ftruncate(handle, length)
        self.memory.written(handle, 0, 0)
        os.close(handle)
        return 0

    def fallocate(self, path, mode, offset, size, fh):
        self.alive()
        if mode:
            raise mfusepy.FuseOSError(errno.EOPNOTSUPP)
        os.posix_fallocate(fh, offset, size)
        self.memory.written(fh, 0, 0)
        return 0

    def fsync(self, path, datasync, fh):
        self.alive()
        self.memory.synchronised(fh)
        return 0

    def fsyncdir(self, path, datasync, fh):
        self.alive()
        self.memory.synchronised_names()
        return 0

    def release(self, path, fh):
        os.close(fh)
        return 0

    def unlink(self, path):
        os.unlink(self.path(path))
        self.memory.renamed()
        return 0

    def rename(self, old, new, flags=0):
        os.rename(self.path(old), self.path(new))
        self.memory.renamed()
        return 0

    def mkdir(self, path, mode):
        os.mkdir(self.path(path), mode)
        self.memory.renamed()
        return 0

    def rmdir(self, path):
        os.rmdir(self.path(path))
        self.memory.renamed()
        return 0

    def chmod(self, path, mode):
        os.chmod(self.path(path), mode)
        self.memory.renamed()
        return 0

    def chown(self, path, uid, gid):
        os.chown(self.path(path), uid, gid)
        return 0

    def utimens(self, path, times=None):
        os.utime(self.path(path), ns=times)
        return 0


if __name__ == "__main__":
    live, disk, mount = sys.argv[1:]
    mfusepy.FUSE(LossyFiles(live, disk), mount, foreground=True, nothreads=True, fsname="lossy")
