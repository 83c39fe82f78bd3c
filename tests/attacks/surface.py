"""Attacks on the kernel itself: doors that a submission has no business at. What they say of themselves counts."""

from attacks.declared import attack
from attacks.kit import claim, ctypes, os, syscall

ANY = ("system calls",)
USER, MOUNT, NETWORK, PROCESS_IDS = 0x10000000, 0x00020000, 0x40000000, 0x20000000


@attack("import", *ANY)
def be_root_in_a_namespace():
    """root's rights in namespaces of its own, by unshare"""
    syscall("unshare", 0x10000000 | 0x00020000 | 0x40000000)
    claim("has namespaces of its own")


@attack("build", *ANY)
def clone_into_a_namespace():
    """root's rights in a namespace of its own, by clone"""
    child = syscall("clone", 0x10000000 | 17, 0, 0, 0, 0)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    claim("has a child in a user namespace")


@attack("fit", *ANY)
def clone_by_the_new_call():
    """a child with flags that no filter can read, by clone3"""
    arguments = ctypes.create_string_buffer(
        (0x10000000).to_bytes(8, "little") + bytes(24) + (17).to_bytes(8, "little") + bytes(48), 88
    )
    child = syscall("clone3", arguments, 88)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    claim("has a child in a user namespace")


@attack("import", *ANY)
def keep_a_key():
    """a note in the kernel's keyring, for the next submission"""
    syscall("add_key", b"user", b"note", b"loot", 4, -3)
    claim("kept a key")


@attack("import", "other user", *ANY)
def load_a_program_into_the_kernel():
    """code in the kernel, by bpf"""
    attributes = ctypes.create_string_buffer(
        (2).to_bytes(4, "little") + (4).to_bytes(4, "little") * 2 + (1).to_bytes(4, "little"), 72
    )
    syscall("bpf", 0, attributes, 72)
    claim("made a map by bpf")


@attack("import", *ANY)
def handle_page_faults():
    """races in the kernel that it can win at leisure, by userfaultfd"""
    syscall("userfaultfd", 1)
    claim("has a userfaultfd")


@attack("predict", *ANY)
def measure_the_processor():
    """what others compute, by the processor's counters"""
    attributes = ctypes.create_string_buffer(
        (1).to_bytes(4, "little") + (120).to_bytes(4, "little") + bytes(32) + b"\x60", 120
    )
    syscall("perf_event_open", attributes, 0, -1, -1, 0)
    claim("counts events")


@attack("import", "other user", *ANY)
def load_a_kernel_module():
    """code in the kernel, as a module"""
    try:
        syscall("init_module", 0, 0, b"")
    except OSError as error:
        if error.errno in (14, 8):  # it was let in, and stumbled over what it brought
            claim("may load modules")
        raise


@attack("import", "other user", "file system", *ANY)
def open_a_device():
    """the machine's memory and disks, as device files"""
    for name in ("/dev/mem", "/dev/kmsg", "/dev/fuse", "/dev/kvm", "/dev/net/tun", "/dev/vda", "/dev/sda"):
        if os.path.exists(name):
            try:
                os.close(os.open(name, os.O_RDWR))
            except OSError:
                continue
            claim(f"opened {name}")
    os.mknod("disk", 0o60666, os.makedev(8, 0))
    claim("made a device file")
