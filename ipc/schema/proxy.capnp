# The part of the schema that libmultiprocess fixes: threads, the context that
# every method carries, and the annotations that mpgen reads.
#
# Ids and ordinals are those of libmultiprocess (include/mp/proxy.capnp), which
# Dash Core v23.1 and Bitcoin Core ship; they must never change here.

@0xcc316e3f71a040fb;

annotation wrap(interface, struct): Text;
# The Go type behind an interface, "import/path.Name". An interface without it
# that has the single method `call` stands for a function.

annotation name(field, method): Text;
# The Go name of a method or of a struct field, where it cannot be derived.

interface ThreadMap {
  # What each side hands to the other in Init.construct, so that a caller can
  # have a thread of its own in the callee.

  makeThread @0 (name :Text) -> (result :Thread);
  # Starts a thread. The name is for people and traces.
}

interface Thread {
  # One thread of the process that serves this object.

  getName @0 () -> (result :Text);
  # The name given to makeThread, with what the callee adds to it.
}

struct Context {
  # First parameter of every method that runs on a thread.

  thread @0 :Thread;
  # The callee's thread that shall run the call; required.

  callbackThread @1 :Thread;
  # The caller's thread, which waits for the call and runs its callbacks.
}
