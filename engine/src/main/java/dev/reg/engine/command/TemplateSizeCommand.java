package dev.reg.engine.command;

import static dev.reg.engine.command.Specs.command;
import static dev.reg.engine.command.Specs.format;
import static dev.reg.engine.command.Specs.operands;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.RegException;
import dev.reg.store.DiskUse;
import dev.reg.store.Entry;
import dev.reg.store.ObjectId;
import dev.reg.template.Closure;
import dev.reg.template.Head;
import dev.reg.template.report.Bulk;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import tools.jackson.databind.node.ObjectNode;

/** {@code template size}: how much templates have, and how much less than images of the same. */
final class TemplateSizeCommand implements Command {
  private static final String IMAGES = "--images";

  private final Context context;

  TemplateSizeCommand(Context context) {
    this.context = context;
  }

  static CommandSpec spec() {
    CommandSpec spec =
        command(
            "size",
            "Shows how large templates are: by packages and kinds of files when they are named.",
            Specs.value(
                "FILE",
                "Compare with images of the same packages, as bench/images wrote it.",
                IMAGES),
            format());
    spec.addPositional(
        operands("NAME[@VERSION]", "0..*", "Which; all that are stored without a name."));
    return spec;
  }

  @Override
  public int run(Caller caller, Arguments arguments) throws RegException, IOException {
    boolean json = Json.wanted(arguments);
    String file = arguments.one(IMAGES);
    Map<String, ImageSizes.Image> images = file == null ? null : ImageSizes.read(caller, file);
    List<Weighed> all = new ArrayList<>();
    for (Head head : context.heads(arguments)) {
      all.add(weigh(caller, head, images == null ? null : images.get(head.name())));
    }
    if (json) {
      for (Weighed each : all) {
        caller.out(Json.line(json(each)));
      }
      return 0;
    }
    caller.out(table(all, images != null));
    if (!arguments.operands().isEmpty()) {
      for (Weighed each : all) {
        caller.out("\n" + each.head.id() + "\n" + parts(each.bulk));
      }
    }
    return 0;
  }

  /**
   * One template.
   *
   * @param disk bytes of blocks of its objects
   * @param total bytes of it and all it requires
   * @param totalDisk of these
   * @param image of the same packages; null when there is none
   */
  private record Weighed(
      Head head,
      Bulk bulk,
      long disk,
      long total,
      long totalDisk,
      ImageSizes.@Nullable Image image) {}

  private Weighed weigh(Caller caller, Head head, ImageSizes.@Nullable Image image)
      throws RegException, IOException {
    Set<ObjectId> own = objects(head);
    Set<ObjectId> all = new HashSet<>();
    for (Head each : context.closure(caller, head)) {
      all.addAll(objects(each));
    }
    long total = 0;
    for (ObjectId object : all) {
      total += context.size(object);
    }
    Bulk bulk = TemplateTreeCommand.bulk(context, head);
    return new Weighed(head, bulk, disk(own), total, disk(all), image);
  }

  private Set<ObjectId> objects(Head head) throws RegException, IOException {
    Set<ObjectId> objects = new HashSet<>();
    for (Entry entry : Closure.entries(context.templates().load(head))) {
      if (entry instanceof Entry.File file) {
        objects.add(file.object());
      }
    }
    return objects;
  }

  private long disk(Set<ObjectId> objects) throws IOException {
    DiskUse use = new DiskUse();
    for (ObjectId object : objects) {
      context.objects().measure(object, use);
    }
    return use.total();
  }

  private static String table(List<Weighed> all, boolean compared) {
    List<String> titles =
        new ArrayList<>(List.of("TEMPLATE", "FILES", "SIZE", "DISK", "WITH REQUIRED"));
    if (compared) {
      titles.addAll(List.of("IMAGE", "SMALLER"));
    }
    Table table = new Table(titles.toArray(String[]::new));
    for (Weighed each : all) {
      List<String> row =
          new ArrayList<>(
              List.of(
                  each.head.id(),
                  Integer.toString(each.bulk.files()),
                  TemplateLsCommand.size(each.bulk.bytes()),
                  TemplateLsCommand.size(each.disk),
                  TemplateLsCommand.size(each.total)));
      if (compared) {
        ImageSizes.Image image = each.image;
        row.add(image == null ? "-" : TemplateLsCommand.size(image.bytes()));
        row.add(image == null ? "-" : percent(smaller(each.total, image.bytes())));
      }
      table.row(row.toArray(String[]::new));
    }
    return table.toString();
  }

  private static String parts(Bulk bulk) {
    Table table = new Table("OF", "FILES", "SIZE");
    for (Bulk.Part part : bulk.kinds()) {
      table.row(part.name(), Integer.toString(part.files()), TemplateLsCommand.size(part.bytes()));
    }
    for (Bulk.Part part : bulk.packages()) {
      table.row(
          TemplateTreeCommand.named(part),
          Integer.toString(part.files()),
          TemplateLsCommand.size(part.bytes()));
    }
    return table.toString();
  }

  /** The fraction by which a part is less than the whole. */
  private static double smaller(long part, long whole) {
    return 1 - (double) part / whole;
  }

  private static String percent(double fraction) {
    return String.format(Locale.ROOT, "%.1f %%", fraction * 100);
  }

  private static ObjectNode json(Weighed each) {
    ObjectNode json = Json.object();
    json.put("template", each.head.id());
    json.put("files", each.bulk.files()).put("bytes", each.bulk.bytes()).put("disk", each.disk);
    json.put("bytesWithRequired", each.total).put("diskWithRequired", each.totalDisk);
    TemplateTreeCommand.parts(json.putArray("kinds"), each.bulk.kinds());
    TemplateTreeCommand.parts(json.putArray("packages"), each.bulk.packages());
    ImageSizes.Image image = each.image;
    if (image != null) {
      json.putObject("image")
          .put("bytes", image.bytes())
          .put("disk", image.disk())
          .put("smaller", smaller(each.total, image.bytes()))
          .put("smallerOnDisk", smaller(each.totalDisk, image.disk()));
    }
    return json;
  }
}
