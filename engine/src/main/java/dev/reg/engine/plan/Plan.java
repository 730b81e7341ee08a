package dev.reg.engine.plan;

import java.util.List;

/** The operations in the order in which they run. */
public record Plan(List<SetupOp> operations) {
  public Plan {
    operations = List.copyOf(operations);
  }

  /** One operation a line, for people and golden files. */
  @Override
  public String toString() {
    return PlanPrinter.print(this);
  }
}
