package dev.reg.template.complete;

import dev.reg.store.Digest;
import dev.reg.store.Entry;
import dev.reg.store.ObjectId;
import dev.reg.store.Tree;
import dev.reg.template.elf.ElfFiles;
import dev.reg.template.elf.LoaderClosure;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Entries of a tree whose contents are files of a directory. */
final class StoredFiles {
  private final Path directory;
  private final List<Entry> entries = new ArrayList<>();
  private final Set<String> own = new HashSet<>();

  StoredFiles(Path directory) {
    this.directory = directory;
  }

  StoredFiles file(String path, byte[] content, int mode) throws IOException {
    Digest digest = Digest.of(content);
    Files.write(directory.resolve(digest.hex()), content);
    return add(new Entry.File(path, new ObjectId(digest, mode)));
  }

  StoredFiles data(String path) throws IOException {
    return file(path, path.getBytes(StandardCharsets.UTF_8), 0644);
  }

  StoredFiles script(String path, String firstLine) throws IOException {
    return file(path, (firstLine + "\n").getBytes(StandardCharsets.UTF_8), 0755);
  }

  /** A sound ELF file that needs nothing. */
  StoredFiles program(String path) throws IOException {
    ByteBuffer header = ByteBuffer.allocate(64 + path.length()).order(ByteOrder.LITTLE_ENDIAN);
    header.put(new byte[] {0x7f, 'E', 'L', 'F', 2, 1, 1});
    header.putShort(16, (short) 2).putShort(18, (short) 62);
    header.put(64, path.getBytes(StandardCharsets.US_ASCII));
    return file(path, header.array(), 0755);
  }

  StoredFiles link(String path, String target) {
    return add(new Entry.Link(path, target));
  }

  StoredFiles directory(String path) {
    return add(new Entry.Directory(path, 0755));
  }

  /** What was added so far is of a template that is required. */
  StoredFiles required() {
    own.clear();
    return this;
  }

  private StoredFiles add(Entry entry) {
    entries.add(entry);
    own.add(entry.path());
    return this;
  }

  Tree tree() throws Exception {
    return Tree.of(entries);
  }

  Path content(ObjectId object) {
    return directory.resolve(object.digest().hex());
  }

  List<String> problems() throws Exception {
    return problems(LoaderClosure.PATH);
  }

  List<String> problems(List<String> path) throws Exception {
    return check(Map.of(), Map.of(), path).verdict().problems();
  }

  StaticCheck check(Map<String, String> environment, Map<String, String> waive, List<String> path)
      throws Exception {
    StaticCheck.Own mine = new StaticCheck.Own(own, environment, waive);
    return new StaticCheck(tree(), mine, this::content, new ElfFiles(), path);
  }
}
