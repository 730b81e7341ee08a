package dev.reg.engine.building;

/** When a template is built from its recipe. */
public enum Pull {
  /** Before every use, whatever the repository has. */
  ALWAYS,
  /** When the repository has none that matches. */
  MISSING,
  NEVER
}
