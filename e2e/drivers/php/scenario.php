<?php
// Runs the scenarios of a driver and prints a line for each.
declare(strict_types=1);

const LIMIT = 60;
/** Put behind a query: now and then it takes longer, so that clients of a small pool have to wait. */
const DAWDLE = ' from pg_sleep(case when random() < 0.1 then 0.01 else 0 end)';
const SIZES = [1, 8191, 8192, 65536, 1 << 20, 8 << 20];
/** What fails, by its SQLSTATE; the table keyed has a row 1. */
const FAILING = [
    'selec 1' => '42601',
    'select * from nowhere' => '42P01',
    'insert into keyed values (1)' => '23505',
    "select 'x'::int4" => '22P02',
    "do \$\$ begin raise 'own'; end \$\$" => 'P0001',
    'select nothing_like_this(1)' => '42883',
    'select 1/(i - 500) from generate_series(1, 1000) i' => '22012',
];

/** Demands that what came is what was asked for, in value and type. */
function must(string $what, mixed $got, mixed $want): void
{
    if ($got !== $want) {
        throw new RuntimeException(sprintf('%s: got %.200s, want %.200s', $what, json_encode($got), json_encode($want)));
    }
}

/** Demands a failure with this SQLSTATE. */
function mustFail(string $what, string $state, callable $work): void
{
    try {
        $work();
    } catch (PDOException $e) {
        must("$what ({$e->getMessage()})", $e->errorInfo[0] ?? (string) $e->getCode(), $state);
        return;
    }
    throw new RuntimeException("$what: no failure, want $state");
}

/**
 * Runs n processes at once, since PHP has no threads; none may use a connection of before. Answers what each returned, and throws
 * the first failure.
 */
function concurrently(int $n, callable $work): array
{
    $pipes = $results = [];
    for ($i = 0; $i < $n; $i++) {
        [$mine, $theirs] = stream_socket_pair(STREAM_PF_UNIX, STREAM_SOCK_STREAM, 0);
        if (pcntl_fork() === 0) {
            pcntl_alarm(LIMIT - 5);
            try {
                $result = ['value' => $work($i)];
            } catch (Throwable $e) {
                fwrite(STDERR, "$e\n");
                $result = ['failure' => $e->getMessage()];
            }
            fwrite($theirs, json_encode($result));
            exit(0);
        }
        fclose($theirs);
        $pipes[] = $mine;
    }
    foreach ($pipes as $i => $pipe) {
        $results[$i] = json_decode(stream_get_contents($pipe), true) ?? ['failure' => 'the process broke'];
        pcntl_wait($status);
    }
    foreach ($results as $i => $result) {
        if (isset($result['failure'])) {
            throw new RuntimeException("connection $i: {$result['failure']}");
        }
    }
    return array_column($results, 'value');
}

/** Demands several servers of at least one connection behind a pooler, and one server without. POOLED says which. */
function checkServers(array $pidsOfEach): void
{
    $most = max(array_map(fn ($pids) => count(array_unique($pids)), $pidsOfEach));
    $pooled = getenv('POOLED');
    if ($pooled === '1' && $most < 2) {
        throw new RuntimeException('no connection met a second server, so nothing was shown');
    }
    if ($pooled === '0' && $most !== 1) {
        throw new RuntimeException("a connection met $most servers without a pooler");
    }
}

/** Runs all, one after the other. One that hangs ends the program. */
function run(string $version, array $scenarios): void
{
    echo "version $version (PHP ", PHP_VERSION, ")\n";
    pcntl_async_signals(true);
    foreach ($scenarios as $name => $work) {
        pcntl_signal(SIGALRM, function () use ($name) {
            echo "not ok $name - no end after ", LIMIT, " s\n";
            exit(1);
        });
        pcntl_alarm(LIMIT);
        try {
            $work();
            echo "ok $name\n";
        } catch (Throwable $e) {
            fwrite(STDERR, "$e\n");
            echo "not ok $name - ", str_replace("\n", ' ', $e->getMessage()), "\n";
        }
        pcntl_alarm(0);
    }
}
