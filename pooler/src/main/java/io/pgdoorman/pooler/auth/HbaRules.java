package io.pgdoorman.pooler.auth;

import java.util.ArrayList;
import java.util.List;

/// The rules of a `pg_hba.conf`: the first one that fits a login decides, as in PostgreSQL ("Client Authentication").
/// Immutable.
public final class HbaRules {
    private final List<HbaRule> rules;

    private HbaRules(List<HbaRule> rules) {
        this.rules = List.copyOf(rules);
    }

    /// Where no rules are given: any login, by its password.
    public static HbaRules allowAll() {
        return new HbaRules(List.of(
                new HbaRule(HbaRule.Kind.LOCAL, _ -> true, _ -> true, null, HbaMethod.MD5),
                new HbaRule(HbaRule.Kind.HOST, _ -> true, _ -> true, null, HbaMethod.MD5)));
    }

    /// The older list of networks: a login from any of them, or by a Unix socket, by its password. Faults count entries
    /// from 1.
    public static HbaResult ofNetworks(List<String> networks) {
        List<HbaRule> rules = new ArrayList<>();
        List<HbaFault> faults = new ArrayList<>();
        rules.add(new HbaRule(HbaRule.Kind.LOCAL, _ -> true, _ -> true, null, HbaMethod.MD5));
        for (String text : networks) {
            try {
                if (text.indexOf('/') < 0) {
                    throw new HbaSyntax("invalid network \"" + text + "\": expected one like 10.0.0.0/8 or fd00::/8");
                }
                rules.add(new HbaRule(HbaRule.Kind.HOST, _ -> true, _ -> true, Network.ofCidr(text), HbaMethod.MD5));
            } catch (HbaSyntax e) {
                faults.add(new HbaFault(rules.size() + faults.size(), e.text()));
            }
        }
        return faults.isEmpty()
                ? new HbaResult.Parsed(new HbaRules(rules))
                : new HbaResult.Unreadable(List.copyOf(faults));
    }

    /// Reads the text of a `pg_hba.conf`; a backslash at the end of a line continues it.
    public static HbaResult parse(String text) {
        List<HbaRule> rules = new ArrayList<>();
        List<HbaFault> faults = new ArrayList<>();
        String[] lines = text.split("\n", -1);
        for (int i = 0; i < lines.length; i++) {
            int first = i;
            StringBuilder line = new StringBuilder(withoutReturn(lines[i]));
            while (!line.isEmpty() && line.charAt(line.length() - 1) == '\\' && i + 1 < lines.length) {
                line.setLength(line.length() - 1);
                line.append(withoutReturn(lines[++i]));
            }
            try {
                List<List<HbaToken>> fields = HbaToken.fields(line.toString());
                if (!fields.isEmpty()) {
                    rules.add(HbaRule.of(fields));
                }
            } catch (HbaSyntax e) {
                faults.add(new HbaFault(first + 1, e.text()));
            }
        }
        if (rules.isEmpty() && faults.isEmpty()) {
            faults.add(new HbaFault(1, "no rule is given, so nobody could log in"));
        }
        return faults.isEmpty()
                ? new HbaResult.Parsed(new HbaRules(rules))
                : new HbaResult.Unreadable(List.copyOf(faults));
    }

    /// What the first fitting rule demands.
    public HbaMethod decide(HbaRequest request) {
        for (HbaRule rule : rules) {
            if (rule.fits(request)) {
                return rule.method();
            }
        }
        return HbaMethod.NO_MATCH;
    }

    private static String withoutReturn(String line) {
        return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
    }
}
