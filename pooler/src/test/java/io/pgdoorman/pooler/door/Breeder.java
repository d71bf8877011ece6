package io.pgdoorman.pooler.door;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Makes visits of kept ones: the same seed makes the same.
final class Breeder {
    private final List<Visit> parents;

    Breeder(List<Visit> parents) {
        this.parents = List.copyOf(parents);
    }

    Visit child(long seed) {
        var random = new Random(seed);
        var parent = parents.get(random.nextInt(parents.size()));
        List<Deed> deeds = new ArrayList<>(parent.deeds());
        for (int n = random.nextInt(3); n > 0; n--) {
            order(deeds, random);
        }
        if (random.nextInt(8) != 0) {
            spoil(deeds, random);
        }
        switch (random.nextInt(10)) {
            case 0, 1 -> deeds.add(new Deed(Deed.Verb.RESET, "", 0));
            case 2 -> {} // stays and says nothing
            default -> deeds.add(new Deed(Deed.Verb.FIN, "", 0));
        }
        return new Visit(
                parent.name() + " " + seed, deeds, Visit.ANYHOW, random.nextInt(3) == 0 ? random.nextLong() | 1 : 0);
    }

    private void order(List<Deed> deeds, Random random) {
        int at = random.nextInt(deeds.size());
        switch (random.nextInt(5)) {
            case 0 -> {
                if (deeds.size() > 1) {
                    deeds.remove(at);
                }
            }
            case 1 -> deeds.add(at, deeds.get(random.nextInt(deeds.size())));
            case 2 -> deeds.add(deeds.remove(at));
            case 3 -> {
                // the rest of another visit
                var other = parents.get(random.nextInt(parents.size())).deeds();
                deeds.subList(at, deeds.size()).clear();
                deeds.addAll(other.subList(random.nextInt(other.size()), other.size()));
            }
            default -> {
                // says all without waiting for an answer
                var sending = deeds.stream().filter(deed -> deed.verb().sends()).toList();
                if (!sending.isEmpty()) {
                    deeds.clear();
                    deeds.addAll(sending);
                }
            }
        }
    }

    /// The first says least about what lies deeper: of who is let in, three in
    /// four are spoilt behind that.
    private static int deepest(List<Deed> deeds, Random random) {
        int in = 0;
        for (int i = 0; i < deeds.size(); i++) {
            in = deeds.get(i).verb() == Deed.Verb.HEAR_READY && in == 0 ? i + 1 : in;
        }
        if (in > 0 && in < deeds.size() && random.nextInt(4) != 0) {
            return in + random.nextInt(deeds.size() - in);
        }
        return random.nextBoolean() ? deeds.size() - 1 : random.nextInt(deeds.size());
    }

    private static void spoil(List<Deed> deeds, Random random) {
        for (int n = 1 + random.nextInt(2); n > 0; n--) {
            int at = deepest(deeds, random);
            if (deeds.get(at).verb().sends()) {
                deeds.set(at, deeds.get(at).twisted(random.nextLong() | 1));
            }
        }
    }
}
