import Commands
import Glibc

exit(runAdvLab())
