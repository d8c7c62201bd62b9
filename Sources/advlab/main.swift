import Commands
import Glibc

exit(runAdvLab(arguments: Array(CommandLine.arguments.dropFirst())))
