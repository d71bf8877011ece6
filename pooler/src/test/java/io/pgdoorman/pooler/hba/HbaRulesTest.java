package io.pgdoorman.pooler.hba;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InterfaceAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HbaRulesTest {
    @Test
    void firstFittingRuleDecides() {
        // given
        var rules = rules("""
            # a comment
            host    all   mallory   all                  reject

            hostssl shop  alice,bob 10.0.0.0/8           scram-sha-256   # trailing
            host    shop  all       10.1.0.0 255.255.0.0 md5
            local   all   all                            trust
            """);

        // when then
        assertThat(decide(rules, "10.1.2.3", true, "shop", "mallory")).isEqualTo(HbaMethod.REJECT);
        assertThat(decide(rules, "10.1.2.3", true, "shop", "bob")).isEqualTo(HbaMethod.SCRAM_SHA_256);
        assertThat(decide(rules, "10.1.2.3", false, "shop", "bob")).isEqualTo(HbaMethod.MD5);
        assertThat(decide(rules, "10.2.2.3", false, "shop", "bob")).isEqualTo(HbaMethod.NO_MATCH);
        assertThat(decide(rules, "10.1.2.3", true, "other", "bob")).isEqualTo(HbaMethod.NO_MATCH);
        assertThat(decide(rules, null, false, "other", "bob")).isEqualTo(HbaMethod.TRUST);
    }

    @Test
    void hostnosslFitsOnlyPlainConnections() {
        // given
        var rules = rules("hostnossl all all all reject\nhostssl all all all md5");

        // when then
        assertThat(decide(rules, "1.2.3.4", false, "d", "u")).isEqualTo(HbaMethod.REJECT);
        assertThat(decide(rules, "1.2.3.4", true, "d", "u")).isEqualTo(HbaMethod.MD5);
        assertThat(decide(rules, null, false, "d", "u")).isEqualTo(HbaMethod.NO_MATCH);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.0.1, true",
        "10.0.0.0/8, 11.0.0.1, false",
        "10.0.0.7/8, 10.1.1.1, true",
        "0.0.0.0/0, 200.1.1.1, true",
        "0.0.0.0/0, ::1, false",
        "::/0, ::1, true",
        "::/0, 1.2.3.4, false",
        "127.0.0.1/32, 127.0.0.1, true",
        "127.0.0.1/32, 127.0.0.2, false",
        "::ffff:10.0.0.0/104, 10.9.9.9, false",
        "127.1/32, 127.0.0.1, true",
        "0x7f.0.0.1/32, 127.0.0.1, true",
        "010.0.0.0/8, 8.0.0.1, true",
        "10/32, 0.0.0.10, true",
        "fe80::1%eth0/64, fe80::2, true",
        "fd00::/9, fd7f::1, true",
        "fd00::/9, fd80::1, false",
        "'10.0.0.1 255.0.255.255', 10.77.0.1, true",
        "'fd00::1 ffff::ffff', fd00:5::1, true",
        "all, ::5, true",
    })
    void addressesMatchUnderTheirMask(String network, String address, boolean fits) {
        // given
        var rules = rules("host all all " + network + " trust");

        // when
        var method = decide(rules, address, false, "d", "u");

        // then
        assertThat(method).isEqualTo(fits ? HbaMethod.TRUST : HbaMethod.NO_MATCH);
    }

    @Test
    void quotedWordsAreNames() {
        // given
        var rules = rules("""
            host "all" "a,b ""c#",d all trust
            host sameuser all all md5
            host replication all all reject
            """);

        // when then
        assertThat(decide(rules, "1.1.1.1", false, "all", "a,b \"c#")).isEqualTo(HbaMethod.TRUST);
        assertThat(decide(rules, "1.1.1.1", false, "all", "d")).isEqualTo(HbaMethod.TRUST);
        assertThat(decide(rules, "1.1.1.1", false, "x", "d")).isEqualTo(HbaMethod.NO_MATCH);
        assertThat(decide(rules, "1.1.1.1", false, "d", "d")).isEqualTo(HbaMethod.MD5);
        assertThat(decide(rules, "1.1.1.1", false, "replication", "d")).isEqualTo(HbaMethod.NO_MATCH);
    }

    @Test
    void listMayContinueAfterBlanksAndLineMayContinueAfterBackslash() {
        // given
        var rules = rules("host shop,  crm \\\n  all all \\\r\n trust\r\n");

        // when then
        assertThat(decide(rules, "1.1.1.1", false, "crm", "u")).isEqualTo(HbaMethod.TRUST);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "hots all all all md5|invalid connection type \"hots\"",
                "host,local all all all md5|multiple values specified for connection type",
                "host|end-of-line before database specification",
                "host all|end-of-line before role specification",
                "host all all|end-of-line before IP address specification",
                "host all all all|end-of-line before authentication method",
                "local all all|end-of-line before authentication method",
                "host all all all md5,trust|multiple values specified for authentication type",
                "host all all 10.0.0.1 md5|invalid IP mask \"md5\"",
                "host all all 10.0.0.1|end-of-line before netmask specification",
                "host all all 10.0.0.1 ffff::|IP address and mask do not match",
                "host all all 10.0.0.0/33 md5|invalid CIDR mask in address \"10.0.0.0/33\": expected 0 to 32",
                "host all all ::/129 md5|expected 0 to 128",
                "host all all 10.0.0.0/ md5|invalid CIDR mask",
                "host all all 10.0.0.0/-1 md5|invalid CIDR mask",
                "host all all 10.0.0.256/8 md5|specifying both host name and CIDR mask is invalid",
                "host all all ::ffff:1%7.0.0.0/104 md5|specifying both host name and CIDR mask is invalid",
                "host all all db.example.com/8 md5|specifying both host name and CIDR mask is invalid",
                "host all all all MD5|invalid authentication method \"MD5\"",
                "host all all all scram|invalid authentication method \"scram\"",
                "local all all gss|gssapi authentication is not supported on local sockets",
                "host all all all gss upn_username=1|\"upn_username\" is not valid for method gss",
                "host all all all md5 krb_realm=X|\"krb_realm\" is not valid for method md5",
                "host all all all sspi|invalid authentication method \"sspi\": not supported by this build",
                "local all all ident colour=red|unrecognized authentication option name",
                "host all all all peer|peer authentication is only supported on local sockets",
                "host all all all cert|cert authentication is only supported on hostssl connections",
                "hostssl all all all cert clientcert=verify-ca|clientcert only accepts verify-full",
                "hostssl all all all md5 clientcert|authentication option not in name=value format: \"clientcert\"",
                "hostssl all all all md5 clientcert=no|invalid value for clientcert: \"no\"",
                "host all all all md5 clientcert=verify-ca|clientcert can only be configured for \"hostssl\" rows",
                "host all all all md5 map=x|\"map\" is not valid for method md5",
                "host all all all md5 colour=red|unrecognized authentication option name: \"colour\"",
                "host all /a( all md5|invalid regular expression \"a(\"",
                "host all /(a)\\1 all md5|invalid regular expression",
                "host @dbs all all md5|could not open file \"/etc/dbs\": it does not exist",
                "include other.conf|could not open file \"/etc/other.conf\": it does not exist",
                "include_dir folder|could not open directory \"/etc/folder\"",
                "include itself.conf|maximum nesting depth exceeded",
            })
    void unreadableLineIsRefusedWithItsNumber(String line, String reason) {
        // given
        String text = "# first\nhost all all all md5\n" + line + "\nlocal all all trust";

        // when
        var result = read(text);

        // then
        assertThat(result)
                .isInstanceOfSatisfying(
                        HbaResult.Unreadable.class,
                        unreadable -> assertThat(unreadable.faults())
                                .singleElement()
                                .satisfies(fault -> assertThat(fault.line()).isIn(1, 3))
                                .satisfies(fault -> assertThat(fault.message()).contains(reason)));
    }

    @Test
    void allFaultsAreToldAtOnce() {
        // when
        var result = read("nonsense\nhost all all all md5\nhost all all x y\n");

        // then
        assertThat(result)
                .isInstanceOfSatisfying(
                        HbaResult.Unreadable.class,
                        unreadable -> assertThat(unreadable.faults())
                                .extracting(HbaFault::line)
                                .containsExactly(1, 3));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\n\n", "# only a comment"})
    void rulesThatLetNobodyInAreRefused(String text) {
        // when
        var result = read(text);

        // then
        assertThat(result).isInstanceOf(HbaResult.Unreadable.class);
    }

    @Test
    void withoutRulesAnyoneMayTryThePassword() {
        // when then
        assertThat(decide(HbaRules.allowAll(), "1.1.1.1", false, "d", "u")).isEqualTo(HbaMethod.MD5);
        assertThat(decide(HbaRules.allowAll(), null, false, "d", "u")).isEqualTo(HbaMethod.MD5);
    }

    @Test
    void olderListOfNetworksLetsThemIn() {
        // given
        var rules = ((HbaResult.Parsed) HbaRules.ofNetworks(List.of("10.0.0.0/8", "::1/128"))).rules();

        // when then
        assertThat(decide(rules, "10.1.1.1", false, "d", "u")).isEqualTo(HbaMethod.MD5);
        assertThat(decide(rules, "::1", false, "d", "u")).isEqualTo(HbaMethod.MD5);
        assertThat(decide(rules, null, false, "d", "u")).isEqualTo(HbaMethod.MD5);
        assertThat(decide(rules, "11.1.1.1", false, "d", "u")).isEqualTo(HbaMethod.NO_MATCH);
        assertThat(HbaRules.ofNetworks(List.of("10.0.0.0/8", "10.0.0.1", "x/3")))
                .isInstanceOfSatisfying(
                        HbaResult.Unreadable.class,
                        unreadable -> assertThat(unreadable.faults())
                                .extracting(HbaFault::line)
                                .containsExactly(2, 3));
    }

    @Test
    void anyTextIsReadOrRefused() {
        // given
        var random = new Random(98);
        String seed = "host shop,\"x\" all 10.0.0.0/8 md5\nlocal all /^a all trust\nhost a +b ::1 ::2 reject x=y";

        // when then
        for (int i = 0; i < 50_000; i++) {
            String text = mutated(seed, random);
            switch (read(text)) {
                case HbaResult.Parsed parsed ->
                    assertThat(decide(parsed.rules(), "10.0.0.1", false, "shop", "u"))
                            .isNotNull();
                case HbaResult.Unreadable unreadable ->
                    assertThat(unreadable.faults()).isNotEmpty();
            }
        }
    }

    @Test
    void rolesExpressionsAndSpecialWordsDecideAsInPostgres() {
        // given
        var rules = rules("""
            host samerole      all      all reject
            host all           +staff   all scram-sha-256
            host /^app_[0-9]+$ /_ro$    all trust
            host "/x"          all      all trust
            host "samerole"    "+staff" all md5
            """);

        // when then
        assertThat(decide(rules, "1.1.1.1", false, "staff", "boss")).isEqualTo(HbaMethod.REJECT);
        assertThat(decide(rules, "1.1.1.1", false, "bob", "bob")).isEqualTo(HbaMethod.REJECT);
        assertThat(decide(rules, "1.1.1.1", false, "d", "boss")).isEqualTo(HbaMethod.SCRAM_SHA_256);
        assertThat(decide(rules, "1.1.1.1", false, "d", "staff")).isEqualTo(HbaMethod.SCRAM_SHA_256);
        assertThat(decide(rules, "1.1.1.1", false, "app_12", "x_ro")).isEqualTo(HbaMethod.TRUST);
        assertThat(decide(rules, "1.1.1.1", false, "app_12", "x_rw")).isEqualTo(HbaMethod.NO_MATCH);
        assertThat(decide(rules, "1.1.1.1", false, "axb", "u")).isEqualTo(HbaMethod.TRUST);
        assertThat(decide(rules, "1.1.1.1", false, "samerole", "+staff")).isEqualTo(HbaMethod.MD5);
    }

    @Test
    void walsenderWithoutDatabaseFitsOnlyTheWordReplication() {
        // given
        var rules = rules("""
            host all           all all trust
            host "replication" all all trust
            host replication   rep all scram-sha-256
            """);
        var from = InetAddress.ofLiteral("1.1.1.1");

        // when then
        assertThat(rules.decide(new HbaRequest(false, from, "replication", "rep", true), World.INSTANCE)
                        .method())
                .isEqualTo(HbaMethod.SCRAM_SHA_256);
        assertThat(rules.decide(new HbaRequest(false, from, "replication", "u", true), World.INSTANCE)
                        .method())
                .isEqualTo(HbaMethod.NO_MATCH);
        assertThat(decide(rules, "1.1.1.1", false, "replication", "rep")).isEqualTo(HbaMethod.TRUST);
    }

    @Test
    void hostNameHasToLeadBackToTheAddress() {
        // given
        var exact = rules("host all all Db1.Example.com trust");
        var ending = rules("host all all .example.com trust");
        var near = rules("host all all samenet trust");
        var own = rules("host all all samehost trust");

        // when then
        assertThat(exact.asksOutside() && ending.asksOutside() && near.asksOutside() && own.asksOutside())
                .isTrue();
        assertThat(decide(exact, "10.0.0.1", false, "d", "u")).isEqualTo(HbaMethod.TRUST);
        assertThat(decide(exact, "10.0.0.2", false, "d", "u")).isEqualTo(HbaMethod.NO_MATCH);
        assertThat(decide(ending, "10.0.0.1", false, "d", "u")).isEqualTo(HbaMethod.TRUST);
        // its reverse zone lies
        assertThat(decide(ending, "10.0.0.3", false, "d", "u")).isEqualTo(HbaMethod.NO_MATCH);
        assertThat(decide(near, "127.200.0.3", false, "d", "u")).isEqualTo(HbaMethod.TRUST);
        assertThat(decide(own, "127.0.0.1", false, "d", "u")).isEqualTo(HbaMethod.TRUST);
        assertThat(decide(own, "203.0.113.7", false, "d", "u")).isEqualTo(HbaMethod.NO_MATCH);
        assertThat(rules("host all all 10.0.0.0/8 trust").asksOutside()).isFalse();
    }

    @Test
    void filesStandForTheirWordsAndLines() {
        // given
        var rules = rules("""
            host @databases.txt all all reject
            include rules/team.conf
            include_if_exists nowhere.conf
            include_dir conf.d
            """);

        // when then
        assertThat(decide(rules, "1.1.1.1", false, "crm", "u")).isEqualTo(HbaMethod.REJECT);
        assertThat(decide(rules, "1.1.1.1", false, "shop", "u")).isEqualTo(HbaMethod.REJECT);
        assertThat(decide(rules, "1.1.1.1", false, "team", "u")).isEqualTo(HbaMethod.TRUST);
        assertThat(decide(rules, "1.1.1.1", false, "a", "u")).isEqualTo(HbaMethod.MD5);
        assertThat(decide(rules, "1.1.1.1", false, "b", "u")).isEqualTo(HbaMethod.NO_MATCH);
    }

    @Test
    void aFieldOfAnEmptyFileIsNone() {
        // when then
        assertThat(read("host @empty all all trust"))
                .isEqualTo(new HbaResult.Unreadable(
                        List.of(new HbaFault("/etc/pg_hba.conf", 1, "end-of-line before authentication method"))));
        assertThat(decide(rules("@empty\nhost @empty all all all trust"), "1.1.1.1", false, "d", "u"))
                .isEqualTo(HbaMethod.TRUST);
    }

    @Test
    void aMapIsReadNoFurtherThanAPartOfTheNameThatIsNotThere() {
        // given
        var maps = maps("m /^(x)?bob$ \\1\nm bob boss\nm \"CN=x\" all\nm /^(.*)@here$ \"+\\1\"");

        // when then
        assertThat(maps.allows("m", "bob", "boss", World.INSTANCE)).isFalse();
        assertThat(maps.allows("m", "xbob", "x", World.INSTANCE)).isTrue();
        assertThat(maps.allows("m", "CN=x", "anybody", World.INSTANCE)).isTrue();
        assertThat(maps.allows("m", "boss@here", "+boss", World.INSTANCE)).isTrue();
        assertThat(maps.allows("", "bob", "bob", World.INSTANCE)).isTrue();
        assertThat(maps.allows("other", "bob", "bob", World.INSTANCE)).isFalse();
    }

    private static IdentMaps maps(String text) {
        return switch (IdentMaps.parse(Path.of("/etc/pg_ident.conf"), text, World.INSTANCE)) {
            case IdentMaps.Result.Parsed(var maps) -> maps;
            case IdentMaps.Result.Unreadable(var faults) -> throw new AssertionError(faults);
        };
    }

    private static String mutated(String seed, Random random) {
        var text = new StringBuilder(seed);
        for (int n = random.nextInt(4); n >= 0; n--) {
            int at = random.nextInt(text.length());
            switch (random.nextInt(3)) {
                case 0 -> text.setCharAt(at, (char) random.nextInt(256));
                case 1 -> text.deleteCharAt(at);
                default -> text.insert(at, ",\"#\\\n@+/ ".charAt(random.nextInt(9)));
            }
        }
        return text.toString();
    }

    private static HbaResult read(String text) {
        return HbaRules.parse(Path.of("/etc/pg_hba.conf"), text, World.INSTANCE);
    }

    private static HbaRules rules(String text) {
        return switch (read(text)) {
            case HbaResult.Parsed parsed -> parsed.rules();
            case HbaResult.Unreadable unreadable -> throw new AssertionError(unreadable.faults());
        };
    }

    private static HbaMethod decide(
            HbaRules rules, @Nullable String address, boolean tls, String database, String user) {
        InetAddress from = address == null ? null : InetAddress.ofLiteral(address);
        return rules.decide(new HbaRequest(tls, from, database, user), World.INSTANCE)
                .method();
    }

    /// A small world: boss is in staff through heads; two hosts have names, one of them a false one.
    private enum World implements Surroundings, HbaFiles {
        INSTANCE;

        private static final Map<String, String> FILES = Map.of(
                "/etc/databases.txt", "shop, crm\nother",
                "/etc/itself.conf", "include itself.conf",
                "/etc/empty", "",
                "/etc/rules/team.conf", "host @names all all trust",
                "/etc/rules/names", "team",
                "/etc/conf.d/1.conf", "host a all all md5",
                "/etc/conf.d/2.conf", "host a all all reject",
                "/etc/conf.d/.hidden.conf", "nonsense",
                "/etc/conf.d/3.conf.bak", "nonsense");

        @Override
        public String read(Path file) throws NoSuchFileException {
            var text = FILES.get(file.toString());
            if (text == null) {
                throw new NoSuchFileException(file.toString());
            }
            return text;
        }

        @Override
        public List<Path> list(Path folder) throws NoSuchFileException {
            var files = FILES.keySet().stream()
                    .map(Path::of)
                    .filter(file -> folder.equals(file.getParent()))
                    .toList();
            if (files.isEmpty()) {
                throw new NoSuchFileException(folder.toString());
            }
            return files;
        }

        @Override
        public boolean isMember(String user, String role) {
            return user.equals(role) || (user.equals("boss") && role.equals("staff"));
        }

        @Override
        public List<String> namesOf(InetAddress address) {
            return switch (address.getHostAddress()) {
                case "10.0.0.1" -> List.of("db1.example.com");
                case "10.0.0.3" -> List.of("evil.example.com");
                default -> List.of();
            };
        }

        @Override
        public List<InetAddress> addressesOf(String name) {
            return name.equals("db1.example.com") ? List.of(InetAddress.ofLiteral("10.0.0.1")) : List.of();
        }

        @Override
        public List<InterfaceAddress> own() {
            try {
                return NetworkInterface.networkInterfaces()
                        .flatMap(network -> network.getInterfaceAddresses().stream())
                        .toList();
            } catch (SocketException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
