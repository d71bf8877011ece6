package drivers.hibernate;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/// A value of each type.
@Entity
class Typed {

    enum Kind {
        ONE,
        OTHER
    }

    @Id
    UUID id;

    boolean truth = true;
    short small = Short.MIN_VALUE;
    long big = Long.MIN_VALUE;

    @Column(precision = 20, scale = 5)
    BigDecimal exact = new BigDecimal("123456789.00001");

    double near = 3.141592653589793;
    String text = "a ' \" \\ : ? \u20ac \uD83D\uDE00 \n";
    LocalDate day = LocalDate.of(2026, 2, 28);
    LocalTime hour = LocalTime.of(12, 34, 56);
    LocalDateTime moment = LocalDateTime.of(2026, 11, 24, 12, 34, 56, 789000);
    OffsetDateTime zoned = OffsetDateTime.of(2026, 11, 24, 12, 34, 56, 789000, ZoneOffset.UTC);
    Kind kind = Kind.OTHER;
    int[] numbers = {1, 2, 3};
    InetAddress address = localhost();
    byte[] raw = {0, 1, -1, '\\'};
    String nothing;

    Typed() {}

    Typed(UUID id) {
        this.id = id;
    }

    private static InetAddress localhost() {
        try {
            return InetAddress.getByAddress(new byte[] {10, 1, 2, 3});
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    /// To be compared.
    List<Object> values() {
        return Arrays.asList(
                id,
                truth,
                small,
                big,
                exact,
                near,
                text,
                day,
                hour,
                moment,
                zoned.toInstant(),
                kind,
                Arrays.toString(numbers),
                address,
                Arrays.toString(raw),
                nothing);
    }
}
