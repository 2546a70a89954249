#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# Plants the faults of tests/mutants/*.faults one at a time in copies of the sources and sees whether a
# test fails; `make mutants` calls it. An argument is a pattern: only the faults whose line it matches; or
# --check: says only whether all of them can be planted, as `make check` asks.
#
# A line: FILE, OLD, NEW, TESTS, what is wrong; parted by tabs. OLD is found once in FILE and becomes NEW.
# TESTS, parted by blanks, are run first (test_nn, cli/sample); the whole check is run for what passes
# them all. A fault that changes nothing that can be seen has `equivalent: REASON` there and is not run.
use strict;
use warnings;
use Time::HiRes 'time';

use constant { GOAL => 95, CHECK_SECONDS => 1800, KILOBYTES => 8_000_000 };
my $make = 'make -s BUILD=build/mutant CFLAGS=-O1';
my @programs = map { m{([^/]+)\.c$} } glob 'src/*.c';
my $pattern = @ARGV && $ARGV[0] ne '' ? $ARGV[0] : '';
my $start = time;

sub slurp {
    my ($path) = @_;
    open(my $f, '<', $path) or die "$path: $!\n";
    local $/;
    return scalar <$f>;
}

sub spew {
    my ($path, $content) = @_;
    open(my $f, '>', $path) or die "$path: $!\n";
    print $f $content or die "$path: $!\n";
    close($f) or die "$path: $!\n";
}

# ---- The list

sub count_of {
    my ($needle, $hay) = @_;
    my ($n, $at) = (0, -1);
    $n++ while ($at = index($hay, $needle, $at + 1)) >= 0;
    return $n;
}

# What is wrong with a line of the list, or ''.
sub find_mistake {
    my ($f, $n_fields) = @_;
    return "$n_fields fields, expected 5" if $n_fields != 5;
    return "no file $f->{file}" if !-f $f->{file};
    return 'nothing is changed' if $f->{old} eq $f->{new};
    my $n = count_of($f->{old}, slurp($f->{file}));
    return "found $n times in $f->{file}, expected once: $f->{old}" if $n != 1;
    return '' if $f->{tests} =~ /^equivalent: ./;
    return 'no tests are named' if $f->{tests} !~ /\S/;
    my @unknown = grep { !-f (m{/} ? "tests/$_.sh" : "tests/$_.c") } split ' ', $f->{tests};
    return @unknown ? "no test $unknown[0]" : '';
}

sub read_lists {
    my (@faults, $n_wrong);
    for my $list (glob 'tests/mutants/*.faults') {
        my ($module) = $list =~ m{([^/]+)\.faults$};
        my $line = 0;
        for (split /\n/, slurp($list)) {
            $line++;
            next if /^#/ || /^$/;
            my %f = (module => $module, place => "$list:$line", text => $_);
            my @fields = split /\t/, $_, -1;
            @f{qw(file old new tests words)} = @fields;
            my $mistake = find_mistake(\%f, scalar @fields);
            print "$f{place}: $mistake\n" if $mistake;
            $n_wrong++ if $mistake;
            push @faults, \%f;
        }
    }
    exit 1 if $n_wrong;
    return @faults;
}

# ---- Copies and tests

# A worker that is ended ends what it has started; timeout does so with all that its command started.
sub ends_with_me {
    my @children = @_;
    return sub { kill 'TERM', @children; exit 1 };
}

sub run { # SECONDS COMMAND FOLDER: the status of the shell command, its output in FOLDER/said
    my ($seconds, $command, $folder) = @_;
    my $limits = 'ulimit -v ' . KILOBYTES;
    my $child = fork // die "fork: $!\n";
    exec('sh', '-c', "$limits; cd $folder && exec timeout -k 5 $seconds sh -c '$command' >said 2>&1 </dev/null")
        or exit 127 if !$child;
    local $SIG{INT} = local $SIG{TERM} = ends_with_me($child);
    waitpid($child, 0);
    return $? & 127 || $? >> 8;
}

sub targets_of {
    my ($test) = @_;
    return "build/mutant/tests/$test" if $test !~ m{/};
    return join ' ', (map { "build/mutant/$_" } @programs), map { "build/mutant/tests/shim/$_.so" } qw(fault no_memory);
}

sub build {
    my ($folder, @tests) = @_;
    return run(CHECK_SECONDS, "$make " . join(' ', map { targets_of($_) } @tests), $folder) == 0;
}

# How long a test may take: it has not ended by then for a fault's sake, not for a busy machine's.
sub limit_of {
    my ($test) = @_;
    my $sound = "build/mutants/sound/$test"; # the seconds it took without one
    return -f $sound ? int(30 + 10 * slurp($sound)) : CHECK_SECONDS;
}

sub test_fails {
    my ($folder, $test) = @_;
    my $bin = 'BIN=$PWD/build/mutant SHIM=$PWD/build/mutant/tests/shim/fault.so ' .
        'NO_MEMORY=$PWD/build/mutant/tests/shim/no_memory.so';
    my $command = $test =~ m{/} ? "$bin sh tests/$test.sh" : "build/mutant/tests/$test";
    my $status = run(limit_of($test), $command, $folder);
    return $status == 0 ? '' : $status == 124 || $status == 137 ? 'its time' : 'a failure';
}

# Which tests of the whole check fail.
sub check_fails {
    my ($folder) = @_;
    my $status = run(CHECK_SECONDS, "$make check", $folder);
    return '' if $status == 0;
    my @failed = slurp("$folder/said") =~ /^(\S+)\s+\(Wstat/mg;
    s{.*/tests/}{} for @failed;
    return @failed ? "@failed" : 'what is no test';
}

# Calls do_it(item, folder) for each item, in as many processes as there are copies.
sub share {
    my ($items, $folders, $do_it) = @_;
    pipe(my $from, my $to) or die "pipe: $!\n";
    syswrite($to, sprintf '%6d', $_) for 0 .. $#$items;
    close($to);
    my @children;
    for my $folder (@$folders) {
        my $pid = fork // die "fork: $!\n";
        push(@children, $pid), next if $pid;
        while ((sysread($from, my $i, 6) // 0) == 6) {
            $do_it->($items->[$i], $folder);
        }
        exit 0;
    }
    local $SIG{INT} = local $SIG{TERM} = ends_with_me(@children);
    my $n_bad = 0;
    waitpid($_, 0), $n_bad += $? != 0 for @children;
    die "a worker died\n" if $n_bad;
}

# ---- One fault

sub note { # RESULT: a line that both processes may append
    my ($line) = @_;
    open(my $f, '>>', 'build/mutants/results') or die "build/mutants/results: $!\n";
    syswrite($f, "$line\n");
}

sub try_fault {
    my ($f, $folder) = @_;
    my @tests = split ' ', $f->{tests};
    return ('broken', 'does not compile') if !build($folder, @tests);
    for my $test (@tests) {
        my $how = test_fails($folder, $test);
        return ('caught', "by $test" . ($how eq 'its time' ? ', which does not end' : '')) if $how;
    }
    my $failed = check_fails($folder);
    return $failed ? ('caught', "by the whole check: $failed") : ('SURVIVED', 'all tests');
}

sub plant {
    my ($f, $folder) = @_;
    my $began = time;
    my $sound = slurp("$folder/$f->{file}");
    my $at = index($sound, $f->{old});
    my $faulty = $sound;
    substr($faulty, $at, length $f->{old}) = $f->{new};
    spew("$folder/$f->{file}", $faulty);
    my ($result, $how) = try_fault($f, $folder);
    spew("$folder/$f->{file}", $sound);
    note(join "\t", $f->{place}, $result);
    printf "%s %s: %s: %s (%.1f s)\n", $f->{place}, $f->{words}, $result, $how, time - $began;
}

# ---- All of them

sub make_copies {
    my ($n) = @_;
    my @folders = map { "build/mutants/$_" } 1 .. $n;
    system('rm -rf build/mutants && mkdir -p build/mutants/1 build/mutants/sound/cli && ' .
        'tar cf - --exclude ./build --exclude ./.git --exclude ./data/mnist --exclude ./tests/mutants . | ' .
        'tar xf - -C build/mutants/1') == 0
        or die "no copy of the sources\n";
    run(CHECK_SECONDS, "$make tests", $folders[0]) == 0 or die slurp("$folders[0]/said");
    for my $folder (@folders[1 .. $#folders]) {
        system('cp', '-a', $folders[0], $folder) == 0 or die "no second copy\n";
    }
    return @folders;
}

# Each test that is named, and the whole check ('').
sub check_soundness {
    my ($faults, $folders) = @_;
    my %tests = map { $_ => 1 } map { split ' ', $_->{tests} } @$faults;
    share(['', sort keys %tests], $folders, sub {
        my ($test, $folder) = @_;
        my $began = time;
        if (!($test eq '' ? check_fails($folder) : test_fails($folder, $test))) {
            spew("build/mutants/sound/$test", time - $began) if $test ne '';
            return;
        }
        print $test || 'the whole check', " fails without a fault:\n", slurp("$folder/said");
        exit 1;
    });
}

sub report {
    my ($faults, $n_equivalent) = @_;
    my (%result, %total, %caught, $n_broken);
    /^(\S+)\t(.*)/ and $result{$1} = $2 for split /\n/, slurp('build/mutants/results');
    for (@$faults) {
        $total{$_->{module}}++;
        $caught{$_->{module}} += $result{$_->{place}} eq 'caught';
        $n_broken += $result{$_->{place}} eq 'broken';
    }
    print "\n";
    printf "%-12s %3d of %3d\n", $_, $caught{$_}, $total{$_} for sort keys %total;
    for my $bad ('SURVIVED', 'broken') {
        print "$bad: $_->{place}: $_->{file}: $_->{words}\n" for grep { $result{$_->{place}} eq $bad } @$faults;
    }
    my ($all, $n) = (scalar @$faults, 0);
    $n += $_ for values %caught;
    my $score = 100 * $n / $all;
    printf "%d of %d faults caught: %.1f %%, at least %d expected; %d equivalent; %.0f minutes\n",
        $n, $all, $score, GOAL, $n_equivalent, (time - $start) / 60;
    return $score >= GOAL && !$n_broken;
}

$| = 1;
my @listed = read_lists();
if ($pattern eq '--check') {
    printf "1..1\nok 1 - %d faults can be planted\n", scalar @listed;
    exit 0;
}
my @chosen = grep { "$_->{place}\t$_->{text}" =~ /$pattern/ } @listed;
my @faults = grep { $_->{tests} !~ /^equivalent: / } @chosen;
die "no fault matches '$pattern'\n" if !@faults;
my ($n_cpus) = `nproc` =~ /(\d+)/;
my @folders = make_copies($n_cpus || 1);
check_soundness(\@faults, \@folders);
spew('build/mutants/results', '');
share(\@faults, \@folders, \&plant);
exit(report(\@faults, @chosen - @faults) ? 0 : 1);
