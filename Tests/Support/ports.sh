# Sourced by what starts servers for tests.

# free_port: a loopback port on which nobody listens; fails after some tries. Below those that the kernel hands out by itself.
free_port() {
    local port
    for port in $(shuf -i 20000-31999 -n 50); do
        if ! (exec 3<> "/dev/tcp/127.0.0.1/$port") 2> /dev/null; then
            echo "$port"
            return
        fi
    done
    echo "no free loopback port" >&2
    return 1
}
