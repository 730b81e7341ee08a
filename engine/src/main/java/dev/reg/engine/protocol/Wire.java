package dev.reg.engine.protocol;

/**
 * The numbers of docs/protocol.md, as {@code native/protocol.h} names them less the {@code REG_}; a
 * test compares the two files.
 */
public final class Wire {
  public static final int MESSAGE_MAX = 65536;
  public static final int MESSAGE_FDS = 64;
  public static final int LOGICAL_MAX = 4194304;
  public static final int TYPE_MORE = 0x80000000;
  public static final int TYPE_OPTIONAL = 0x40000000;
  public static final int HEADER_SIZE = 8;

  public static final int CLIENT_VERSION = 1;
  public static final int CLIENT_HELLO = 1;
  public static final int CLIENT_FD = 2;
  public static final int CLIENT_ENV = 3;
  public static final int CLIENT_SIGNAL = 4;
  public static final int CLIENT_ATTACH = 5;
  public static final int CLIENT_NAMES = 6;
  public static final int CLIENT_SIZE = 7;
  public static final int CLIENT_DONE = 8;
  public static final int CLIENT_PIPES = 9;
  public static final int CLIENT_CONTENT = 10;
  public static final int CLIENT_OUT = 16;
  public static final int CLIENT_OPEN = 17;
  public static final int CLIENT_GETENV = 18;
  public static final int CLIENT_STARTED = 19;
  public static final int CLIENT_EXIT = 20;
  public static final int CLIENT_GOODBYE = 21;
  public static final int CLIENT_FAREWELL = 23;
  public static final int CLIENT_LIST = 22;
  public static final int CLIENT_TERMINAL = 24;
  public static final int CLIENT_RENAME = 27;
  public static final int CLIENT_COPY = 28;
  public static final int CLIENT_READ = 29;

  public static final int COPY_NONE = 0;
  public static final int COPY_PACK = 1;
  public static final int COPY_UNPACK = 2;
  public static final int COPY_OWNERS = 1;
  public static final int COPY_FOLLOW = 2;

  public static final int LAUNCHER_VERSION = 2;
  public static final int LAUNCHER_HELLO = 1;
  public static final int LAUNCHER_START = 2;
  public static final int LAUNCHER_SIGNAL = 3;
  public static final int LAUNCHER_FORGET = 4;
  public static final int LAUNCHER_ADOPT = 5;
  public static final int LAUNCHER_LIST = 6;
  public static final int LAUNCHER_UPGRADE = 7;
  public static final int LAUNCHER_QUIT = 8;
  public static final int LAUNCHER_STARTED = 16;
  public static final int LAUNCHER_FAILED = 17;
  public static final int LAUNCHER_EXITED = 18;
  public static final int LAUNCHER_GONE = 19;
  public static final int LAUNCHER_ITEM = 20;
  public static final int LAUNCHER_LISTED = 21;
  public static final int LAUNCHER_BUSY = 22;

  public static final int START_INIT = 1;
  public static final int START_LOG = 2;
  public static final int START_MEMFD = 4;
  public static final int START_JOIN = 8;
  public static final int START_CGROUP = 16;
  public static final int CONTAINER_ID_SIZE = 64;

  public static final int SLOT_ADOPTED = 1;
  public static final int SLOT_JOINED = 2;

  public static final int STATE_STARTING = 1;
  public static final int STATE_RUNNING = 2;
  public static final int STATE_EXITED = 3;
  public static final int STATE_GONE = 4;
  public static final int STATE_FAILED = 5;

  private Wire() {}
}
