# The scenarios of e2e/drivers/SCENARIOS with DBD::Pg: statements that it prepares on the server, asynchronous ones, COPY.
use v5.36;
use utf8;
use DBI;
use DBD::Pg ':pg_types', ':async';
use Time::HiRes 'sleep';
use Scenario;

my $SLEEP = 'select pg_sleep(30)';
my $USER  = $ENV{PGUSER};

sub connected (%more) {
    my $options  = delete $more{options} // '';
    my $password = delete $more{password} // $ENV{PGPASSWORD};
    return DBI->connect("dbi:Pg:sslmode=disable$options", $USER, $password,
        { RaiseError => 1, PrintError => 0, AutoCommit => 1, AutoInactiveDestroy => 1, HandleError => \&failed, %more });
}

sub row ($c, $text, @values) { [ $c->selectrow_array($text, undef, @values) ] }
sub one ($c, $text, @values) { row($c, $text, @values)->[0] }
sub all ($c, @statements) { $c->do($_) for @statements }
sub usable ($c) { must('afterwards', one($c, q{select 'still ' || ?::text}, 'here'), 'still here') }

sub login {
    must('user', one(connected(), 'select current_user::text'), $USER);
    die "a wrong password was taken\n" if eval { connected(password => 'wrong') };
    die $@ if $@ !~ /password authentication failed/;
}

sub startup {
    my $c = connected();
    all($c, "create schema if not exists s$_", "drop table if exists s$_.place", "create table s$_.place as select 's$_' as name") for 0 .. 3;
    $c->disconnect;
    concurrently(8, sub ($i) {
        my ($schema, $timeout) = ('s' . $i % 4, 20001 + $i);
        my $c = connected(options => ";application_name='application $i';options='-c search_path=$schema -c statement_timeout=$timeout'");
        for (1 .. 40) {
            my $got = row($c, q{select name, current_setting('application_name'), current_setting('statement_timeout') from place});
            must('settings', $got, [ $schema, "application $i", "${timeout}ms" ]);
        }
    });
}

# Prepared at once, on the second execution, or never; kept, or dropped by the DEALLOCATE that DBD::Pg says.
sub prepared {
    my @pids = concurrently(8, sub ($connection) {
        my $c = connected(pg_server_prepare => $connection % 4 != 3, pg_switch_prepared => $connection % 3);
        my (%kept, @pids);
        for my $i (0 .. 99) {
            my ($number, $question) = ($i % 7, $connection * 1000 + $i);
            my $text = "select $number, ?::int4 * 2, pg_backend_pid() /* $number */$DAWDLE";
            my $statement = $kept{$number} // $c->prepare($text, { pg_prepare_now => $i % 2 });
            $kept{$number} = $statement if $connection % 2;
            $statement->execute($question);
            my ($back, $answer, $pid) = @{ $statement->fetchall_arrayref->[0] };
            must('answer', [ $back, $answer ], [ $number, $question * 2 ]);
            push @pids, $pid;
        }
        return @pids;
    });
    check_servers(@pids);
}

# Many statements in one simple query, as DBD::Pg has no other burst; it shows the last result only.
sub batch {
    all(connected(), 'drop table if exists batched', 'create table batched (word text)');
    concurrently(4, sub ($connection) {
        my $c = connected();
        for my $round (0 .. 4) {
            $c->do(join ';', map { "insert into batched values ('q $connection $round $_')" } 0 .. 99);
            my $statement = $c->prepare('insert into batched values (?)');
            $statement->execute_array({}, [ map { "array $connection $round $_" } 0 .. 49 ]);
            usable($c);
        }
        return 1;
    });
    must('rows', one(connected(), 'select count(distinct word) from batched'), 3000);
}

sub batch_error {
    all(connected(), 'drop table if exists skipped', 'create table skipped (n int4)');
    concurrently(4, sub ($connection) {
        my $c = connected();
        for (1 .. 10) {
            must_fail('burst', '22012', sub { $c->do('insert into skipped values (1); select 1/0; insert into skipped values (2)') });
            usable($c);
        }
        must('rows of bursts that failed', one($c, 'select count(*) from skipped'), 0);
        return 1;
    });
}

sub copy_in {
    my $c = connected();
    all($c, 'drop table if exists copied', 'create table copied (id int4, word text)', 'copy copied from stdin');
    $c->pg_putcopydata("$_\tword $_\n") for 0 .. 19999;
    $c->pg_putcopyend;
    must('rows', one($c, q{select count(*) from copied where word = 'word ' || id}), 20000);
}

sub copy_out {
    my $c = connected();
    $c->do(q{copy (select i, 'word ' || i from generate_series(0, 19999) i) to stdout});
    my $n = 0;
    while ($c->pg_getcopydata(my $line) >= 0) {
        must('line', $line, "$n\tword $n\n");
        $n++;
    }
    must('rows', $n, 20000);
    usable($c);
}

sub copy_binary {
    my $c = connected(pg_enable_utf8 => 0);
    all($c, 'drop table if exists copied_binary', 'create table copied_binary (id int4, word text)',
        q{copy (select i::int4, 'word ' || i from generate_series(1, 5000) i) to stdout (format binary)});
    my @parts;
    while ($c->pg_getcopydata(my $part) >= 0) { push @parts, $part }
    $c->do('copy copied_binary from stdin (format binary)');
    $c->pg_putcopydata($_) for @parts;
    $c->pg_putcopyend;
    must('rows', one($c, q{select count(*) from copied_binary where word = 'word ' || id}), 5000);
}

sub copy_error {
    my $c = connected();
    all($c, 'drop table if exists refused', 'create table refused (id int4)', 'copy refused from stdin');
    must_fail('refused by the server', '22P02', sub {
        $c->pg_putcopydata("1\n" x 3000 . "no number\n");
        $c->pg_putcopydata("2\n" x 1000) for 1 .. 200;
        $c->pg_putcopyend;
    });
    usable($c);
    must_fail('into nowhere', '42P01', sub { $c->do('copy nowhere from stdin') });
    usable($c);
    must_fail('out of nowhere', '42P01', sub { $c->do('copy nowhere to stdout') });
    usable($c);
    must('rows', one($c, 'select count(*) from refused'), 0);
}

sub cancel {
    concurrently(3, sub ($i) {
        my $c = connected();
        for my $n (0 .. 2) {
            if ($i) {
                must('a neighbour', one($c, 'select ?::int4 from pg_sleep(0.1)', $i * 10 + $n), $i * 10 + $n);
                next;
            }
            $c->do($SLEEP, { pg_async => PG_ASYNC });
            # waits until another connection sees that the statement runs
            my $other = connected();
            sleep 0.02 until one($other, 'select count(*) from pg_stat_activity where query = ? and state = ? and datname = current_database()', $SLEEP, 'active');
            must('not ready', $c->pg_ready, 0);
            must('cancelled', eval { $c->pg_cancel } ? 1 : 0, 1);
            usable($c);
        }
        return 1;
    });
}

sub timeout {
    my $c = connected();
    $c->begin_work;
    $c->do('set local statement_timeout = 50');
    must_fail('statement_timeout', '57014', sub { $c->do($SLEEP) });
    $c->rollback;
    $c->do('select pg_sleep(0.1)');
    my $hasty = connected(options => q{;options='-c statement_timeout=500'});
    for (1 .. 5) {
        must_fail('statement_timeout', '57014', sub { one($hasty, $SLEEP) });
        usable($hasty);
        usable($c);
    }
}

sub errors {
    for my $prepare (0, 1) {
        my $c = connected(pg_server_prepare => $prepare);
        all($c, 'drop table if exists keyed', 'create table keyed (id int4 primary key)', 'insert into keyed values (1)');
        for my $text (sort keys %FAILING) {
            # in a failed transaction, DBD::Pg says ROLLBACK before the DEALLOCATE of a statement, so that one is outside only
            must_fail($text, $FAILING{$text}, sub { $c->prepare($text)->execute });
            usable($c);
            must_fail($text, $FAILING{$text}, sub { $c->do($text) });
            usable($c);
            $c->begin_work;
            $c->do('select 1'); # BEGIN is sent before what is executed, not before what is prepared
            must_fail("in a transaction: $text", $FAILING{$text}, sub { $c->do($text) });
            must_fail('failed transaction', '25P02', sub { one($c, 'select ?::text', 'x') });
            $c->rollback;
        }
        usable($c);
    }
}

sub reconnect {
    my $other = connected();
    for my $n (0 .. 2) {
        my $c = connected();
        $c->begin_work;
        my $pid = one($c, 'select pg_backend_pid()');
        must('terminated', one($other, 'select pg_terminate_backend(?, 5000)', $pid), 1);
        die "a terminated server answered\n" if eval { $c->do('select 1') };
        must('ping', $c->ping ? 1 : 0, 0);
        $c = connected();
        must('ping', $c->ping ? 1 : 0, 1);
        must('afterwards', one($c, 'select ?::int4', $n), $n);
    }
}

sub transactions {
    my ($c, $other) = (connected(), connected());
    my $seen = sub ($rows) { must('seen by another', one($other, 'select count(*) from kept'), $rows) };
    all($c, 'drop table if exists kept', 'create table kept (id int4)');
    $c->begin_work;
    all($c, 'set transaction isolation level serializable', 'insert into kept values (1)');
    $c->pg_savepoint('inner_one');
    $c->do('insert into kept values (2)');
    must_fail('division', '22012', sub { $c->do('select 1/0') });
    must('ping', $c->ping, 4);
    $c->pg_rollback_to('inner_one');
    $c->do('insert into kept values (3)');
    $seen->(0);
    $c->commit;
    $seen->(2);
    # without AutoCommit, DBD::Pg says BEGIN by itself
    $c->{AutoCommit} = 0;
    must('deleted', $c->do('delete from kept'), 2);
    $c->rollback;
    $seen->(2);
    $c->{AutoCommit} = 1;
    $c->{ReadOnly}   = 1;
    $c->begin_work;
    must_fail('read only', '25006', sub { $c->do('delete from kept') });
    $c->rollback;
}

sub large {
    my $c = connected();
    for my $size (@SIZES) {
        my $sent = 'x' x ($size - 1) . '!';
        my $statement = $c->prepare('select ?::text, ?::bytea');
        $statement->bind_param(1, $sent);
        $statement->bind_param(2, $sent, { pg_type => PG_BYTEA });
        $statement->execute;
        my ($text, $raw) = $statement->fetchrow_array;
        must("$size bytes", $text eq $sent && $raw eq $sent, 1);
    }
    my $n = 0;
    for my $row (@{ $c->selectall_arrayref('select i, repeat(chr(97 + i % 26), 100000) from generate_series(1, 100) i') }) {
        $n++;
        must('row', $row->[0] == $n && $row->[1] eq chr(97 + $n % 26) x 100000, 1);
    }
    must('rows', $n, 100);
    large_object($c);
}

# A large object is read and written by FunctionCall messages.
sub large_object ($c) {
    $c->begin_work;
    my $oid    = $c->pg_lo_creat($c->{pg_INV_WRITE} | $c->{pg_INV_READ});
    my $object = $c->pg_lo_open($oid, $c->{pg_INV_WRITE} | $c->{pg_INV_READ});
    must('written', $c->pg_lo_write($object, 'y' x 3_000_000, 3_000_000), 3_000_000);
    must('position', $c->pg_lo_lseek($object, 1_000_000, 0), 1_000_000);
    must('read', $c->pg_lo_read($object, my $back, 2_500_000), 2_000_000);
    must('large object', $back eq 'y' x 2_000_000, 1);
    $c->pg_lo_close($object);
    $c->pg_lo_unlink($oid);
    $c->commit;
}

sub types {
    my %values = (
        bool => 1, int2 => -32768, int4 => 2**31 - 1, int8 => '-9223372036854775808', float8 => 3.25, numeric => '123456789.00001',
        text => "a ' \" \\ ? \x{20ac} \x{1F600} \n", 'varchar(20)' => 'twenty', date => '2026-02-28', time => '12:34:56.000789',
        timestamp => '2026-11-24 12:34:56.000789', uuid => '01234567-89ab-cdef-0123-456789abcdef', inet => '10.1.2.3', int4range => '[1,9)',
        jsonb => '{"a": [1.5, "x", null]}', interval => '1 year 2 mons 2 days 00:00:01',
    );
    for my $prepare (0, 1) {
        my $c = connected(pg_server_prepare => $prepare, pg_switch_prepared => 1);
        for my $kind (sort keys %values) {
            must($kind, row($c, "select ?::$kind, ?::$kind", $values{$kind}, undef), [ $values{$kind}, undef ]);
        }
        must('int4[]', one($c, 'select ?::int4[]', [ 1, 2, undef ]), [ 1, 2, undef ]);
        must('text[]', one($c, 'select ?::text[]', [ 'a', 'b,c', '"d"' ]), [ 'a', 'b,c', '"d"' ]);
        my $statement = $c->prepare('select ?::bytea');
        $statement->bind_param(1, "\0\1\xff\\", { pg_type => PG_BYTEA });
        $statement->execute;
        must('bytea', $statement->fetchrow_array eq "\0\1\xff\\", 1);
    }
}

sub cursor {
    my $c = connected();
    $c->begin_work;
    $c->do('declare numbers scroll cursor for select i from generate_series(1, ?::int4) i', undef, 1000);
    my $n = 0;
    while (1) {
        my $rows = $c->selectcol_arrayref('fetch 70 from numbers');
        last if !@$rows;
        must('rows', $rows, [ $n + 1 .. $n + @$rows ]);
        $n += @$rows;
    }
    must('rows', $n, 1000);
    must('scrolled', one($c, 'fetch absolute 11 from numbers'), 11);
    $c->commit;
    usable($c);
}

sub listen_ {
    my ($c, $other) = (connected(), connected());
    $c->do('listen perl_channel');
    for my $n (0 .. 2) {
        one($other, 'select pg_notify(?, ?)', 'perl_channel', "message $n");
        my $heard;
        for (1 .. 250) {
            last if $heard = $c->pg_notifies;
            sleep 0.02;
        }
        must('notification', [ @{ $heard // [] }[ 0, 2 ] ], [ 'perl_channel', "message $n" ]);
    }
    $c->do('unlisten *');
}

my $libpq = connected()->{pg_lib_version};
run(sprintf('DBD::Pg %s, DBI %s, libpq %d.%d', $DBD::Pg::VERSION, $DBI::VERSION, $libpq / 10000, $libpq % 10000),
    'login', \&login, 'startup', \&startup, 'prepared', \&prepared, 'batch', \&batch, 'batch-error', \&batch_error, 'copy-in', \&copy_in,
    'copy-out', \&copy_out, 'copy-binary', \&copy_binary, 'copy-error', \&copy_error, 'cancel', \&cancel, 'timeout', \&timeout,
    'errors', \&errors, 'reconnect', \&reconnect, 'transactions', \&transactions, 'large', \&large, 'types', \&types, 'cursor', \&cursor,
    'listen', \&listen_);
