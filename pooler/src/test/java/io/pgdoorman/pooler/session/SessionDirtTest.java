package io.pgdoorman.pooler.session;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SessionDirtTest {
    private final SessionDirt dirt = new SessionDirt();

    @Test
    void namesOfSettingsAreKnownAsLongAsNothingElseIsLeft() {
        // given
        dirt.addSettings(Set.of("work_mem"));
        dirt.addSettings(Set.of("search_path"));
        dirt.ready(true);

        // when then
        assertThat(dirt.onlySettings()).containsExactlyInAnyOrder("work_mem", "search_path");
        dirt.add(Dirt.LOCKS);
        assertThat(dirt.onlySettings()).isNull();
        dirt.remove(Dirt.LOCKS);
        assertThat(dirt.onlySettings()).hasSize(2);
        dirt.add(Dirt.SETTINGS);
        assertThat(dirt.onlySettings()).isNull();
        dirt.remove(Dirt.SETTINGS);
        dirt.addSettings(Set.of("a"));
        assertThat(dirt.onlySettings()).containsExactly("a");
    }

    @Test
    void namesOfSettingsAreNotKnownBehindARollback() {
        // given
        dirt.addSettings(Set.of("work_mem"));
        dirt.committed();

        // when
        dirt.rolledBack();
        dirt.ready(true);

        // then
        assertThat(dirt.bits()).isEqualTo(Dirt.SETTINGS);
        assertThat(dirt.onlySettings()).isNull();
    }

    /// Answers of PostgreSQL in order: S a SET, C COMMIT, R ROLLBACK, E an error, I T F ReadyForQuery with its status.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        SI       | true   | SET alone
        TSTCI    | true   | begin, set, commit
        TSTRI    | false  | begin, set, rollback
        TSTEFRI  | false  | begin, set, error, rollback
        SEI      | false  | set and an error in one text
        SCEI     | true   | set, commit and an error in one text
        RSI      | true   | rollback and set in one text
        TSTRTCI  | true   | begin, set, rollback to savepoint, commit
        TSTRTRI  | false  | begin, set, rollback to savepoint, rollback
        TSRCI    | true   | set, rollback to savepoint, commit in one text
        SITSTRI  | true   | set before a transaction that is rolled back
        """)
    void followsTheTransaction(String answers, boolean isDirty, String what) {
        // when
        for (int i = 0; i < answers.length(); i++) {
            switch (answers.charAt(i)) {
                case 'S' -> dirt.add(Dirt.SETTINGS);
                case 'C' -> dirt.committed();
                case 'R', 'E' -> dirt.rolledBack();
                default -> dirt.ready(answers.charAt(i) == 'I');
            }
        }

        // then
        assertThat(!dirt.isClean()).as(what).isEqualTo(isDirty);
    }

    @Test
    void rollbackTakesBackNoLockAndNoPreparedStatement() {
        // given
        dirt.add(Dirt.LOCKS | Dirt.STATEMENTS | Dirt.TEMP | Dirt.SEQUENCES);

        // when
        dirt.rolledBack();
        dirt.ready(true);

        // then
        assertThat(dirt.bits()).isEqualTo(Dirt.LOCKS | Dirt.STATEMENTS | Dirt.SEQUENCES);
    }

    @Test
    void whatLastsIsNotRolledBack() {
        // given
        dirt.addLasting(Dirt.SETTINGS);

        // when
        dirt.rolledBack();
        dirt.ready(true);

        // then
        assertThat(dirt.bits()).isEqualTo(Dirt.SETTINGS);
    }

    /// A session may set parameters of its own without end, and each answer would look through all of them.
    @Test
    @Timeout(30)
    void whoSetsMoreThanAFewIsNotFollowed() {
        for (int i = 0; i < 200_000; i++) {
            dirt.addSettings(Set.of("own.setting" + i));
        }
        assertThat(dirt.onlySettings()).isNull();
        dirt.remove(Dirt.SETTINGS);
        dirt.addSettings(Set.of("work_mem"));
        assertThat(dirt.onlySettings()).containsExactly("work_mem");
    }
}
