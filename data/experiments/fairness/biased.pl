#!/usr/bin/perl
# SPDX-License-Identifier: MIT
# biased.pl FROM TO CLASSES SHARE: of the training pictures of FROM, four IDX files as of MNIST, plain or .gz,
# TO gets all but those of CLASSES (0,2,4), of which it gets the first one in so many. The test pictures stay.
use strict;
use warnings;

my ($from, $to, $classes, $share) = @ARGV;
die "usage: biased.pl FROM TO CLASSES SHARE\n" if !$share;
my %is_rare = map { $_ => 1 } split /,/, $classes;

sub read_file {
    my ($name) = @_;
    my $path = -e "$from/$name" ? "$from/$name" : "$from/$name.gz";
    open my $f, '-|:raw', 'gzip', '-dcf', $path or die "$path: $!\n";
    local $/;
    my $all = <$f>;
    close $f or die "$path: cannot be read\n";
    return $all;
}

sub write_file {
    my ($name, $all) = @_;
    open my $f, '>:raw', "$to/$name" or die "$to/$name: $!\n";
    print $f $all or die "$to/$name: $!\n";
    close $f or die "$to/$name: $!\n";
}

mkdir $to;
my $images = read_file('train-images-idx3-ubyte');
my $labels = read_file('train-labels-idx1-ubyte');
my ($magic, $n, $rows, $cols) = unpack 'N4', $images;
my (@kept, %seen);
for my $i (0 .. $n - 1) {
    my $label = unpack 'C', substr $labels, 8 + $i, 1;
    push @kept, $i if !$is_rare{$label} || $seen{$label}++ % $share == 0;
}
my $size = $rows * $cols;
write_file('train-images-idx3-ubyte',
    pack('N4', $magic, scalar @kept, $rows, $cols) . join '', map { substr $images, 16 + $_ * $size, $size } @kept);
write_file('train-labels-idx1-ubyte', pack('N2', 0x801, scalar @kept) . join '', map { substr $labels, 8 + $_, 1 } @kept);
write_file($_, read_file($_)) for 't10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte';
