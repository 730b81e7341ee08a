package dev.reg.engine.command;

import dev.reg.engine.protocol.Caller;
import dev.reg.error.ErrorKind;
import dev.reg.error.RegException;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Points in time as {@code docker logs --since} takes them: an age, seconds since 1970, or a date
 * with or without a time and an offset; without an offset it is the caller's time.
 */
final class Moments {
  private static final Pattern SECONDS = Pattern.compile("\\d{1,11}(\\.\\d{1,9})?");

  private static final DateTimeFormatter DATE =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .optionalStart()
          .appendLiteral('T')
          .append(DateTimeFormatter.ISO_LOCAL_TIME)
          .optionalEnd()
          .optionalStart()
          .appendOffset("+HH:MM", "Z")
          .optionalEnd()
          .toFormatter(Locale.ROOT)
          .withResolverStyle(ResolverStyle.STRICT);

  private final Instant now;
  private final ZoneId zone;

  /**
   * @param zone of times without an offset
   */
  Moments(Instant now, ZoneId zone) {
    this.now = now;
    this.zone = zone;
  }

  /** With the zone that the caller's TZ names, or else this machine's. */
  static Moments of(Caller caller) throws IOException {
    Optional<String> name = caller.variable("TZ");
    ZoneId zone = ZoneId.systemDefault();
    try {
      zone = name.isPresent() ? ZoneId.of(name.get().replaceFirst("^:", "")) : zone;
    } catch (DateTimeException e) {
      // A rule in place of a name (tzset(3)), or nonsense: the machine's will do.
    }
    return new Moments(Instant.now(), zone);
  }

  /** INVALID for what is no time. */
  Instant parse(String option, String text) throws RegException {
    try {
      if (SECONDS.matcher(text).matches()) {
        BigDecimal[] parts = new BigDecimal(text).divideAndRemainder(BigDecimal.ONE);
        return Instant.ofEpochSecond(parts[0].longValue(), parts[1].movePointRight(9).intValue());
      }
      return Bounds.isAge(text) ? now.minus(Bounds.age(option, text)) : date(text);
    } catch (DateTimeException e) {
      throw new RegException(
          ErrorKind.INVALID,
          option
              + " wants a time such as 10m, 2h30m, 2026-11-28T09:30:00 or seconds since 1970, not '"
              + text
              + "'",
          e);
    }
  }

  private Instant date(String text) {
    TemporalAccessor parsed = DATE.parse(text);
    LocalTime time = parsed.query(TemporalQueries.localTime());
    ZoneOffset offset = parsed.query(TemporalQueries.offset());
    return LocalDate.from(parsed)
        .atTime(time == null ? LocalTime.MIDNIGHT : time)
        .atZone(offset == null ? zone : offset)
        .toInstant();
  }
}
