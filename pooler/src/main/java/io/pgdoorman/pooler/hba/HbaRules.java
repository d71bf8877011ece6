package io.pgdoorman.pooler.hba;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// The rules of a `pg_hba.conf`: the first one that fits a login decides, as in PostgreSQL ("Client
/// Authentication"). Immutable.
public final class HbaRules {
    private final List<HbaRule> rules;
    private final boolean askOutside;

    private HbaRules(List<HbaRule> rules) {
        this.rules = List.copyOf(rules);
        this.askOutside = rules.stream().anyMatch(rule -> rule.address().asksOutside());
    }

    /// Where no rules are given: any login, by its password.
    public static HbaRules allowAll() {
        return new HbaRules(List.of(anywhere(HbaRule.Kind.LOCAL), anywhere(HbaRule.Kind.HOST)));
    }

    /// The older list of networks: a login from any of them, or by a Unix socket, by its password. Faults
    /// count entries from 1.
    public static HbaResult ofNetworks(List<String> networks) {
        List<HbaRule> rules = new ArrayList<>();
        List<HbaFault> faults = new ArrayList<>();
        rules.add(anywhere(HbaRule.Kind.LOCAL));
        for (String text : networks) {
            try {
                Network network = text.indexOf('/') < 0 ? null : Network.ofCidr(text);
                if (network == null) {
                    throw new HbaSyntax("invalid network \"" + text + "\": expected one like 10.0.0.0/8 or fd00::/8");
                }
                rules.add(byPassword(HbaRule.Kind.HOST, new AddressTest.Within(network)));
            } catch (HbaSyntax e) {
                faults.add(new HbaFault("hba", rules.size() + faults.size(), e.text()));
            }
        }
        return faults.isEmpty()
                ? new HbaResult.Parsed(new HbaRules(rules))
                : new HbaResult.Unreadable(List.copyOf(faults));
    }

    /// Reads the text of a `pg_hba.conf` and whatever it includes.
    ///
    /// @param file what faults name and where relative paths start
    public static HbaResult parse(Path file, String text, HbaFiles files) {
        var reader = new HbaReader(files);
        reader.read(file, text);
        List<HbaFault> faults = reader.faults();
        List<HbaRule> rules = new ArrayList<>();
        for (HbaLine line : reader.lines()) {
            try {
                rules.add(HbaRule.of(line));
            } catch (HbaSyntax e) {
                faults.add(line.fault(e.text()));
            }
        }
        if (rules.isEmpty() && faults.isEmpty()) {
            faults.add(new HbaFault(file.toString(), 1, "no rule is given, so nobody could log in"));
        }
        return faults.isEmpty()
                ? new HbaResult.Parsed(new HbaRules(rules))
                : new HbaResult.Unreadable(List.copyOf(faults));
    }

    /// What the first fitting rule demands. May block if [#asksOutside].
    public HbaDecision decide(HbaRequest request, Surroundings surroundings) {
        for (HbaRule rule : rules) {
            if (rule.fits(request, surroundings)) {
                return rule.decision();
            }
        }
        return HbaDecision.NONE;
    }

    /// Whether a rule needs a name server or this machine's networks.
    public boolean asksOutside() {
        return askOutside;
    }

    /// What the lines demand, each once, in their order.
    public List<HbaDecision> decisions() {
        return rules.stream().map(HbaRule::decision).distinct().toList();
    }

    List<HbaRule> rules() {
        return rules;
    }

    private static HbaRule anywhere(HbaRule.Kind kind) {
        return byPassword(kind, new AddressTest.Any());
    }

    private static HbaRule byPassword(HbaRule.Kind kind, AddressTest address) {
        var anyone = new HbaRule.Names(List.of(new NameTest.Any()), List.of(new NameTest.Any()));
        return new HbaRule(kind, anyone, address, HbaDecision.ofNoLine(HbaMethod.MD5));
    }
}
