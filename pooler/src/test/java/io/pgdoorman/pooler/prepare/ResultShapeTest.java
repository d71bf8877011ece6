package io.pgdoorman.pooler.prepare;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pgdoorman.pooler.stats.StatementMemory;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ResultShapeTest {
    private static final byte[] NO_PARAMETERS = {0, 0};
    private static final byte[] ONE_INT = {0, 1, 0, 0, 0, 23};

    @Test
    void namesTypesAndModifiersCountAndTablesDoNot() {
        // given
        long shape = shape(column("a", 23, -1), 1);

        // when then
        assertThat(shape(column("a", 23, -1), 2)).isEqualTo(shape);
        assertThat(shape(column("b", 23, -1), 1)).isNotEqualTo(shape);
        assertThat(shape(column("a", 20, -1), 1)).isNotEqualTo(shape);
        assertThat(shape(column("a", 23, 8), 1)).isNotEqualTo(shape);
        assertThat(ResultShape.ofParameters(NO_PARAMETERS)).isNotEqualTo(shape);
    }

    @Test
    void columnsDoNotRunIntoEachOther() {
        // when
        long two = ResultShape.of(0, description(1, column("a", 23, -1), column("b", 23, -1)), 0, 42);
        long turned = ResultShape.of(0, description(1, column("b", 23, -1), column("a", 23, -1)), 0, 42);

        // then
        assertThat(two).isNotEqualTo(turned);
    }

    @Test
    void parametersCount() {
        // when
        long none = ResultShape.ofParameters(NO_PARAMETERS);
        long one = ResultShape.ofParameters(ONE_INT);

        // then
        assertThat(none).isNotEqualTo(ResultShape.UNKNOWN).isNotEqualTo(one);
    }

    @Test
    void descriptionThatEndsTooEarlyIsNone() {
        // given
        var whole = description(1, column("a", 23, -1));

        // when then
        for (int end = 2; end < whole.readableBytes(); end++) {
            assertThat(ResultShape.of(1, whole, 0, end)).isEqualTo(ResultShape.UNKNOWN);
        }
    }

    @Test
    void typesThatPostgresqlFoundAreDeclaredWhereTheStatementIsParsedAnew() {
        // given
        var open = statement("select $1 + 1\0\0\0");
        var declared = statement("select $1 + 1\0\0\1\0\0\0\27");

        // when
        open.analysed(1, ONE_INT);
        declared.analysed(1, ONE_INT);

        // then
        assertThat(open.analysedTail()).isEqualTo(declared.tail());
        assertThat(declared.analysedTail()).isSameAs(declared.tail());
        assertThat(statement("select 1\0\0\0").analysedTail()).hasSize(11);
    }

    private static Statement statement(String tail) {
        return new Statement(
                "s", tail.getBytes(StandardCharsets.ISO_8859_1), 0, 0, new StatementMemory(Long.MAX_VALUE));
    }

    private static long shape(Column column, int table) {
        var description = description(table, column);
        return ResultShape.of(1, description, 0, description.readableBytes());
    }

    private static Column column(String name, int type, int modifier) {
        return new Column(name, type, modifier);
    }

    private record Column(String name, int type, int modifier) {}

    private static ByteBuf description(int table, Column... columns) {
        var body = Unpooled.buffer().writeShort(columns.length);
        for (var column : columns) {
            body.writeCharSequence(column.name, StandardCharsets.US_ASCII);
            body.writeByte(0);
            body.writeInt(table).writeShort(table);
            body.writeInt(column.type).writeShort(4).writeInt(column.modifier).writeShort(0);
        }
        return body;
    }
}
