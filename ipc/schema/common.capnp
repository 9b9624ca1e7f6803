# Types that several of our schemas share.

@0xff3b3173bffeb886;

using Proxy = import "proxy.capnp";

using Hash = Data;
# Exactly 32 bytes in wire order: a block hash or a transaction id.

# The next three have no methods. What travels is a capability whose
# CapDescriptor carries a file descriptor in attachedFd; the type says what
# the receiver must find behind it, and what a trace may show.

interface Descriptor $Proxy.wrap("dashmp/ipc.FD") {
  # A file, directory, socket or pipe. The receiver owns it.
}

interface Secret $Proxy.wrap("dashmp/ipc.Secret") {
  # Secret bytes: memfd_secret, else a sealed memfd. Mapped, never read.
}

interface Bulk $Proxy.wrap("dashmp/ipc.Bulk") {
  # A payload of about 1 MiB or more in a sealed memfd.
}
