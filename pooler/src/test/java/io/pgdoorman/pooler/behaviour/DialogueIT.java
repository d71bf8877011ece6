package io.pgdoorman.pooler.behaviour;

import io.pgdoorman.pooler.script.EmbeddedPg;
import io.pgdoorman.pooler.script.PoolerFixture;
import io.pgdoorman.pooler.script.ToBoth;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class DialogueIT {
    private static final EmbeddedPg POSTGRES = EmbeddedPg.shared();
    private static final PoolerFixture TRANSACTION = PoolerFixture.wish().start();
    private static final PoolerFixture SESSION =
            PoolerFixture.wish().sessionMode().start();

    @BeforeAll
    static void makesTables() {
        POSTGRES.does(Dialogue.TABLES);
    }

    @AfterAll
    static void stops() {
        TRANSACTION.close();
        SESSION.close();
    }

    @ParameterizedTest
    @EnumSource
    void answersAsPostgresqlDoesInTransactionMode(Dialogue dialogue) {
        // when then
        new ToBoth(POSTGRES.door(), TRANSACTION.door()).plays(dialogue.script());
    }

    @ParameterizedTest
    @EnumSource
    void answersAsPostgresqlDoesInSessionMode(Dialogue dialogue) {
        // when then
        new ToBoth(POSTGRES.door(), SESSION.door()).plays(dialogue.script());
    }

    /// Without those that PostgreSQL ends at the first byte of a message: it resets the connection when more comes.
    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"UNKNOWN_MESSAGE", "UNKNOWN_MESSAGE_IN_A_TRANSACTION", "QUERY_WHILE_COPYING_IN"})
    void answersTheSameWhenEachByteComesAlone(Dialogue dialogue) {
        // when then
        new ToBoth(POSTGRES.door(), TRANSACTION.door()).playsByteByByte(dialogue.script());
    }
}
