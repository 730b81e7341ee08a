package dev.reg.engine.command;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import java.io.IOException;

/** One verb. */
interface Command {
  /** As {@link dev.reg.engine.protocol.Commands#run}, with the words parsed. */
  int run(Caller caller, Arguments arguments) throws RegException, IOException;
}
