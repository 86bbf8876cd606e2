"""What a unit's SystemCallFilter forbids, forbidden to a program here: each call fails with EPERM.

`python -m tests.syscalls @privileged,@resources COMMAND...` runs a command so. The sets are those
of systemd.exec(5), as `systemd-analyze syscall-filter` lists them (252); the numbers are Linux's,
for x86_64 and aarch64.
"""

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable

EPERM = 1
_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2
_LOAD, _EQUALS, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_NUMBER, _ARCHITECTURE = 0, 4

ARCHITECTURES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}
"""Which column of SETS is a machine's, and how the kernel names it."""

SETS = {
    "@privileged": {
        "_sysctl": (156, None),
        "acct": (163, 89),
        "adjtimex": (159, 171),
        "bpf": (321, 280),
        "capset": (126, 91),
        "chown": (92, None),
        "chroot": (161, 51),
        "clock_adjtime": (305, 266),
        "clock_settime": (227, 112),
        "delete_module": (176, 106),
        "fanotify_init": (300, 262),
        "fanotify_mark": (301, 263),
        "fchown": (93, 55),
        "fchownat": (260, 54),
        "finit_module": (313, 273),
        "init_module": (175, 105),
        "ioperm": (173, None),
        "iopl": (172, None),
        "kexec_file_load": (320, 294),
        "kexec_load": (246, 104),
        "lchown": (94, None),
        "nfsservctl": (180, 42),
        "open_by_handle_at": (304, 265),
        "pivot_root": (155, 41),
        "quotactl": (179, 60),
        "quotactl_fd": (443, 443),
        "reboot": (169, 142),
        "setdomainname": (171, 162),
        "setfsuid": (122, 151),
        "setgroups": (116, 159),
        "sethostname": (170, 161),
        "setresuid": (117, 147),
        "setreuid": (113, 145),
        "settimeofday": (164, 170),
        "setuid": (105, 146),
        "swapoff": (168, 225),
        "swapon": (167, 224),
        "vhangup": (153, 58),
    },
    "@resources": {
        "ioprio_set": (251, 30),
        "mbind": (237, 235),
        "migrate_pages": (256, 238),
        "move_pages": (279, 239),
        "sched_setaffinity": (203, 122),
        "sched_setattr": (314, 274),
        "sched_setparam": (142, 118),
        "sched_setscheduler": (144, 119),
        "set_mempolicy": (238, 237),
        "set_mempolicy_home_node": (450, 450),
        "setpriority": (141, 140),
        "setrlimit": (160, 164),
    },
}


def forbidden(sets: Iterable[str]) -> list[int]:
    """The numbers of the calls in these sets, on this machine."""
    column = ARCHITECTURES[platform.machine()][0]
    found = (numbers[column] for name in sets for numbers in SETS[name].values())
    return [number for number in found if number is not None]


def forbid(numbers: Iterable[int]) -> None:
    """Let these calls fail with EPERM in this process and all it starts, for good."""
    program = [(_LOAD, 0, 0, _ARCHITECTURE), (_EQUALS, 1, 0, ARCHITECTURES[platform.machine()][1])]
    program += [(_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, _NUMBER)]
    for number in numbers:
        program += [(_EQUALS, 0, 1, number), (_RETURN, 0, 0, _ERROR | EPERM)]
    program.append((_RETURN, 0, 0, _ALLOW))
    steps = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in program))
    told = ctypes.create_string_buffer(
        struct.pack("HxxxxxxQ", len(program), ctypes.addressof(steps))
    )
    library = ctypes.CDLL(None, use_errno=True)
    for order in ((_NEW_PRIVILEGES, 1, 0, 0, 0), (_SECCOMP, _FILTER, told, 0, 0)):
        if library.prctl(*order) != 0:
            raise OSError(ctypes.get_errno(), "nothing can be forbidden here")


if __name__ == "__main__":
    forbid(forbidden(sys.argv[1].split(",")))
    os.execv(sys.argv[2], sys.argv[2:])  # noqa: S606 - what a test named
