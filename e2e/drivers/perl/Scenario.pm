# Runs the scenarios of a driver and prints a line for each.
package Scenario;
use v5.36;
use Exporter 'import';
use JSON::PP;
use POSIX ();

our @EXPORT = qw(must must_fail failed concurrently check_servers run $DAWDLE @SIZES %FAILING);

my $LIMIT = 60;
my $json  = JSON::PP->new->allow_nonref->allow_unknown->canonical;

# Put behind a query: now and then it takes longer, so that clients of a small pool have to wait.
our $DAWDLE = ' from pg_sleep(case when random() < 0.1 then 0.01 else 0 end)';
our @SIZES  = (1, 8191, 8192, 65536, 1 << 20, 8 << 20);

# What fails, by its SQLSTATE; the table keyed has a row 1.
our %FAILING = (
    'selec 1'                                            => '42601',
    'select * from nowhere'                              => '42P01',
    'insert into keyed values (1)'                       => '23505',
    q{select 'x'::int4}                                  => '22P02',
    q{do $$ begin raise 'own'; end $$}                   => 'P0001',
    'select nothing_like_this(1)'                        => '42883',
    'select 1/(i - 500) from generate_series(1, 1000) i' => '22012',
);

# Demands that what came is what was asked for, as text.
sub must ($what, $got, $want) {
    my ($is, $should) = map { ref $_ ? $json->encode([ map { defined $_ ? "$_" : undef } @$_ ]) : $_ // 'undef' } $got, $want;
    die sprintf("%s: got %.200s, want %.200s\n", $what, $is, $should) if $is ne $should;
}

# What a connection's HandleError is: the SQLSTATE does not outlive the statement's handle.
my $failed_with = '';
sub failed ($message, $handle, @) {
    $failed_with = $handle->state;
    return 0;
}

# Demands a failure with this SQLSTATE.
sub must_fail ($what, $state, $work) {
    die "$what: no failure, want $state\n" if eval { $work->(); 1 };
    must("$what ($@)", $failed_with, $state);
}

# Runs n processes at once; none may use a connection of before. Answers what each returned, and dies of the first failure.
sub concurrently ($n, $work) {
    my (@pipes, @values);
    for my $i (0 .. $n - 1) {
        pipe(my $mine, my $theirs) or die "pipe: $!";
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            alarm $LIMIT - 5;
            my $value = eval { [ $work->($i) ] };
            print {$theirs} $json->encode({ value => $value, failure => $@ });
            close $theirs;
            POSIX::_exit(0);
        }
        close $theirs;
        push @pipes, [ $mine, $pid ];
    }
    for my $pipe (@pipes) {
        my $said = do { local $/; readline $pipe->[0] };
        waitpid $pipe->[1], 0;
        push @values, $said ? $json->decode($said) : { failure => 'the process broke' };
    }
    $_->{failure} and die "connection: $_->{failure}\n" for @values;
    return map { $_->{value} } @values;
}

# Demands several servers of at least one connection behind a pooler, and one server without. POOLED says which.
sub check_servers (@pids_of_each) {
    my $most = 0;
    for my $pids (@pids_of_each) {
        my %met = map { $_ => 1 } @$pids;
        $most = keys %met if keys %met > $most;
    }
    die "no connection met a second server, so nothing was shown\n" if $ENV{POOLED} eq '1' && $most < 2;
    die "a connection met $most servers without a pooler\n"         if $ENV{POOLED} eq '0' && $most != 1;
}

# Runs all, one after the other: names and subs in turn. One that hangs ends the program.
sub run ($version, @scenarios) {
    local $| = 1;
    printf "version %s (Perl %vd)\n", $version, $^V;
    while (my ($name, $work) = splice @scenarios, 0, 2) {
        local $SIG{ALRM} = 'DEFAULT';
        POSIX::sigaction(POSIX::SIGALRM, POSIX::SigAction->new(sub { print "not ok $name - no end after $LIMIT s\n"; POSIX::_exit(1) }));
        alarm $LIMIT;
        if (eval { $work->(); 1 }) {
            print "ok $name\n";
        } else {
            print STDERR "$name: $@";
            print "not ok $name - ", $@ =~ tr/\n/ /r, "\n";
        }
        alarm 0;
    }
}

1;
