<?php
// The scenarios of e2e/drivers/SCENARIOS with PDO: statements that it prepares, emulates or sends unnamed.
declare(strict_types=1);

require __DIR__ . '/scenario.php';

const SLEEP = 'select pg_sleep(30)';
/** The ways in which it sends values: by PREPARE's message, in one unnamed statement, or written into the text. */
const MODES = [[], [PDO::PGSQL_ATTR_DISABLE_PREPARES => true], [PDO::ATTR_EMULATE_PREPARES => true]];

function open(array $attributes = [], string $more = '', ?string $password = null): PDO
{
    $dsn = sprintf("pgsql:host=%s;port=%s;dbname=%s;sslmode=disable$more", getenv('PGHOST'), getenv('PGPORT'), getenv('PGDATABASE'));
    return new PDO($dsn, getenv('PGUSER'), $password ?? getenv('PGPASSWORD'), $attributes + [PDO::ATTR_EMULATE_PREPARES => false]);
}

function row(PDO $c, string $text, mixed ...$values): array
{
    $statement = $c->prepare($text);
    $statement->execute($values);
    return $statement->fetch(PDO::FETCH_NUM);
}

function one(PDO $c, string $text, mixed ...$values): mixed
{
    return row($c, $text, ...$values)[0];
}

function all(PDO $c, string ...$statements): void
{
    foreach ($statements as $statement) {
        $c->exec($statement);
    }
}

function usable(PDO $c): void
{
    must('afterwards', one($c, "select 'still ' || ?::text", 'here'), 'still here');
}

function login(): void
{
    must('user', one(open(), 'select current_user::text'), getenv('PGUSER'));
    try {
        open(password: 'wrong');
    } catch (PDOException $e) {
        must($e->getMessage(), str_contains($e->getMessage(), 'password authentication failed'), true);
        return;
    }
    throw new RuntimeException('a wrong password was taken');
}

function startup(): void
{
    $c = open();
    for ($i = 0; $i < 4; $i++) {
        all($c, "create schema if not exists s$i", "drop table if exists s$i.place", "create table s$i.place as select 's$i' as name");
    }
    unset($c);
    concurrently(8, function (int $i) {
        $timeout = 20001 + $i;
        $c = open(more: ";application_name='application $i';options='-c search_path=s" . $i % 4 . " -c statement_timeout=$timeout'");
        for ($n = 0; $n < 40; $n++) {
            $got = row($c, "select name, current_setting('application_name'), current_setting('statement_timeout') from place");
            must('settings', $got, ['s' . $i % 4, "application $i", "{$timeout}ms"]);
        }
    });
}

function prepared(): void
{
    $pids = concurrently(8, function (int $connection) {
        $pids = [];
        $c = open(MODES[$connection % 3]);
        $kept = [];
        for ($i = 0; $i < 100; $i++) {
            $question = $connection * 1000 + $i;
            $number = $i % 7;
            $text = "select $number, ?::int4 * 2, pg_backend_pid() /* $number */" . DAWDLE;
            // PDO says DEALLOCATE as soon as a statement is no longer in use
            $statement = $kept[$number] ?? $c->prepare($text);
            $statement->execute([$question]);
            if ($connection % 2) {
                $kept[$number] = $statement;
            }
            [$back, $answer, $pids[]] = $statement->fetch(PDO::FETCH_NUM);
            must('answer', [$back, $answer], [$number, $question * 2]);
        }
        return $pids;
    });
    checkServers($pids);
}

/** Many statements in one simple query, as PDO has no other burst; it shows the last result only. */
function batch(): void
{
    $c = open();
    all($c, 'drop table if exists batched', 'create table batched (word text)');
    unset($c);
    concurrently(4, function (int $connection) {
        $c = open([PDO::ATTR_EMULATE_PREPARES => true]);
        for ($round = 0; $round < 5; $round++) {
            $text = '';
            for ($n = 0; $n < 100; $n++) {
                $text .= "insert into batched values ('q $connection $round $n');";
            }
            $c->exec($text);
            must('last answer', one($c, "select 1; select 2; select ?::int4", $round), $round);
        }
        usable($c);
    });
    must('rows', one(open(), 'select count(distinct word) from batched'), 2000);
}

function batchError(): void
{
    $c = open();
    all($c, 'drop table if exists skipped', 'create table skipped (n int4)');
    unset($c);
    concurrently(4, function () {
        $c = open();
        for ($n = 0; $n < 10; $n++) {
            mustFail('burst', '22012', fn () => $c->exec('insert into skipped values (1); select 1/0; insert into skipped values (2)'));
            usable($c);
        }
        must('rows of bursts that failed', one($c, 'select count(*) from skipped'), 0);
    });
}

function lines(): array
{
    return array_map(fn ($i) => "$i\tword $i", range(0, 19999));
}

function copyIn(): void
{
    $c = open();
    all($c, 'drop table if exists copied', 'create table copied (id int4, word text)');
    must('copied', $c->pgsqlCopyFromArray('copied', lines()), true);
    $file = tempnam(sys_get_temp_dir(), 'copy');
    file_put_contents($file, implode("\n", lines()));
    must('copied', $c->pgsqlCopyFromFile('copied', $file), true);
    unlink($file);
    must('rows', one($c, "select count(*) from copied where word = 'word ' || id"), 40000);
}

function copyOut(): void
{
    $c = open();
    all($c, 'drop table if exists copied_out', "create table copied_out as select i, 'word ' || i from generate_series(0, 19999) i");
    $got = $c->pgsqlCopyToArray('copied_out');
    must('rows', array_map(fn ($line) => rtrim($line, "\n"), $got) === lines(), true);
    usable($c);
}

function copyError(): void
{
    $c = open();
    all($c, 'drop table if exists refused', 'create table refused (id int4)');
    $bad = array_merge(array_fill(0, 3000, '1'), ['no number'], array_fill(0, 50000, '2'));
    mustFail('refused by the server', '22P02', fn () => $c->pgsqlCopyFromArray('refused', $bad));
    usable($c);
    mustFail('into nowhere', '42P01', fn () => $c->pgsqlCopyFromArray('nowhere', ['1']));
    usable($c);
    mustFail('out of nowhere', '42P01', fn () => $c->pgsqlCopyToArray('nowhere'));
    usable($c);
    must('rows', one($c, 'select count(*) from refused'), 0);
}

function timeout(): void
{
    $c = open();
    $c->beginTransaction();
    $c->exec('set local statement_timeout = 50');
    mustFail('statement_timeout', '57014', fn () => $c->exec(SLEEP));
    $c->rollBack();
    $c->exec('select pg_sleep(0.1)');
    $hasty = open(more: ";options='-c statement_timeout=500'");
    for ($n = 0; $n < 5; $n++) {
        mustFail('statement_timeout', '57014', fn () => one($hasty, SLEEP));
        usable($hasty);
        usable($c);
    }
}

function errors(): void
{
    $c = open();
    all($c, 'drop table if exists keyed', 'create table keyed (id int4 primary key)', 'insert into keyed values (1)');
    foreach (MODES as $mode) {
        $c = open($mode);
        foreach (FAILING as $text => $state) {
            foreach ([fn () => $c->exec($text), fn () => one($c, $text)] as $work) {
                mustFail($text, $state, $work);
                usable($c);
                $c->beginTransaction();
                mustFail($text, $state, $work);
                mustFail('failed transaction', '25P02', fn () => one($c, 'select ?::text', 'x'));
                $c->rollBack();
            }
        }
        usable($c);
    }
}

function reconnect(): void
{
    $other = open();
    for ($n = 0; $n < 3; $n++) {
        $c = open();
        $c->beginTransaction();
        $pid = one($c, 'select pg_backend_pid()');
        must('terminated', one($other, 'select pg_terminate_backend(?, 5000)', $pid), true);
        try {
            $c->exec('select 1');
            throw new RuntimeException('a terminated server answered');
        } catch (PDOException) {
            $c = open();
        }
        must('afterwards', one($c, 'select ?::int4', $n), $n);
    }
}

function transactions(): void
{
    [$c, $other] = [open(), open()];
    $seen = fn (int $rows) => must('seen by another', one($other, 'select count(*) from kept'), $rows);
    all($c, 'drop table if exists kept', 'create table kept (id int4)');
    $c->beginTransaction();
    all($c, 'set transaction isolation level serializable', 'insert into kept values (1)', 'savepoint inner_one', 'insert into kept values (2)');
    mustFail('division', '22012', fn () => $c->exec('select 1/0'));
    all($c, 'rollback to savepoint inner_one', 'insert into kept values (3)');
    must('in a transaction', $c->inTransaction(), true);
    $seen(0);
    $c->commit();
    $seen(2);
    $c->beginTransaction();
    must('deleted', $c->exec('delete from kept'), 2);
    $c->rollBack();
    $seen(2);
    must('in a transaction', $c->inTransaction(), false);
}

function large(): void
{
    $c = open();
    foreach (SIZES as $size) {
        $sent = str_repeat('x', $size - 1) . '!';
        $statement = $c->prepare('select ?::text, ?::bytea');
        $statement->bindValue(1, $sent);
        $statement->bindValue(2, $sent, PDO::PARAM_LOB);
        $statement->execute();
        [$text, $raw] = $statement->fetch(PDO::FETCH_NUM);
        must("$size bytes", $text === $sent && stream_get_contents($raw) === $sent, true);
    }
    $n = 0;
    foreach ($c->query('select i, repeat(chr(97 + i % 26), 100000) from generate_series(1, 100) i', PDO::FETCH_NUM) as [$i, $text]) {
        $n++;
        must('row', $i === $n && $text === str_repeat(chr(97 + $n % 26), 100000), true);
    }
    must('rows', $n, 100);
    largeObject($c);
}

/** A large object is read and written by FunctionCall messages. */
function largeObject(PDO $c): void
{
    $c->beginTransaction();
    $oid = $c->pgsqlLOBCreate();
    $stream = $c->pgsqlLOBOpen($oid, 'w');
    fwrite($stream, str_repeat('y', 3_000_000));
    fclose($stream);
    $stream = $c->pgsqlLOBOpen($oid, 'r');
    must('large object', stream_get_contents($stream) === str_repeat('y', 3_000_000), true);
    fclose($stream);
    must('unlinked', $c->pgsqlLOBUnlink($oid), true);
    $c->commit();
}

function types(): void
{
    $values = [
        'bool' => true, 'int2' => -32768, 'int4' => 2 ** 31 - 1, 'int8' => PHP_INT_MIN, 'text' => "a ' \" \\ \u{20ac} \u{1F600} \n",
        'varchar(20)' => 'twenty', 'date' => '2026-02-28', 'time' => '12:34:56.000789', 'timestamp' => '2026-11-24 12:34:56.000789',
        'numeric' => '123456789.00001', 'uuid' => '01234567-89ab-cdef-0123-456789abcdef', 'int4[]' => '{1,2,NULL}', 'inet' => '10.1.2.3',
        'text[]' => '{a,"b,c"}', 'int4range' => '[1,9)', 'jsonb' => '{"a": [1.5, "x", null]}', 'interval' => '1 year 2 mons 2 days 00:00:01',
    ];
    foreach (MODES as $mode) {
        $c = open($mode);
        foreach ($values as $kind => $sent) {
            $statement = $c->prepare("select cast(? as $kind), cast(? as $kind)");
            $statement->bindValue(1, $sent, is_bool($sent) ? PDO::PARAM_BOOL : (is_int($sent) ? PDO::PARAM_INT : PDO::PARAM_STR));
            $statement->bindValue(2, null, PDO::PARAM_NULL);
            $statement->execute();
            must($kind, $statement->fetch(PDO::FETCH_NUM), [$sent, null]);
        }
        must('float8', (float) one($c, 'select ?::float8', 3.141592653589793), 3.141592653589793);
    }
}

function cursor(): void
{
    $c = open();
    $c->beginTransaction();
    $numbers = $c->prepare('select i from generate_series(1, ?::int4) i', [PDO::ATTR_CURSOR => PDO::CURSOR_SCROLL]);
    $numbers->execute([1000]);
    for ($n = 1; $row = $numbers->fetch(PDO::FETCH_NUM); $n++) {
        must('row', $row[0], $n);
    }
    must('rows', $n, 1001);
    must('scrolled', $numbers->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_ABS, 11)[0], 11);
    must('back', $numbers->fetch(PDO::FETCH_NUM, PDO::FETCH_ORI_PRIOR)[0], 10);
    $numbers->closeCursor();
    $c->commit();
    usable($c);
}

function listen(): void
{
    [$c, $other] = [open(), open()];
    $c->exec('listen php_channel');
    for ($n = 0; $n < 3; $n++) {
        one($other, "select pg_notify('php_channel', ?)", "message $n");
        $heard = $c->pgsqlGetNotify(PDO::FETCH_ASSOC, 5000);
        must('notification', [$heard['message'] ?? null, $heard['payload'] ?? null], ['php_channel', "message $n"]);
    }
    $c->exec('unlisten *');
}

run('PDO pgsql, libpq ' . open()->getAttribute(PDO::ATTR_CLIENT_VERSION), [
    'login' => login(...), 'startup' => startup(...), 'prepared' => prepared(...), 'batch' => batch(...), 'batch-error' => batchError(...),
    'copy-in' => copyIn(...), 'copy-out' => copyOut(...), 'copy-error' => copyError(...), 'timeout' => timeout(...), 'errors' => errors(...),
    'reconnect' => reconnect(...), 'transactions' => transactions(...), 'large' => large(...), 'types' => types(...), 'cursor' => cursor(...),
    'listen' => listen(...),
]);
