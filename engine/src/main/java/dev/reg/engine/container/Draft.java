package dev.reg.engine.container;

import dev.reg.engine.limit.Limits;
import dev.reg.store.Digest;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A container before it has an id: as {@link Spec}, except that what is null is chosen for it.
 *
 * @param name null for a generated one
 * @param hostname null for the beginning of the id
 */
public record Draft(
    @Nullable String name,
    Spec.Owner owner,
    List<String> templates,
    List<String> resolved,
    Digest environment,
    List<String> command,
    List<String> variables,
    String workdir,
    Spec.User user,
    @Nullable String hostname,
    Spec.@Nullable Project project,
    List<Spec.Volume> volumes,
    List<String> tmpfs,
    boolean readOnly,
    boolean init,
    boolean remove,
    @Nullable String terminal,
    int stopSignal,
    Limits limits,
    String lock) {
  Spec complete(String id, String chosenName, Instant created) {
    return new Spec(
        id,
        chosenName,
        owner,
        created,
        templates,
        resolved,
        environment,
        command,
        variables,
        workdir,
        user,
        hostname == null ? Space.hostname(id) : hostname,
        project,
        volumes,
        tmpfs,
        readOnly,
        init,
        remove,
        terminal,
        stopSignal,
        limits,
        lock);
  }
}
