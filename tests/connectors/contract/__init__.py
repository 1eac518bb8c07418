"""The suite that every carrier passes against its sandbox, over real sockets."""
