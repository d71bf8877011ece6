package io.pgdoorman.operator.api.v1alpha1;

import java.util.ArrayList;
import java.util.List;

/// One value that a spec reads from a Secret beside it, and what for.
///
/// @param who the user, server or place that needs it, for messages
public record SecretUse(String who, SecretRef ref, Kind kind) {

    /// What the value is.
    public enum Kind {
        PASSWORD,
        CERTIFICATE,
        PRIVATE_KEY,
        AUTHORITIES,
        REVOKED
    }

    /// All that a spec reads, in the order of its fields; a value that two need is in it twice.
    public static List<SecretUse> of(DoormanPoolSpec spec) {
        var uses = new ArrayList<SecretUse>();
        spec.auth().users().forEach(user -> uses.add(password("user " + user.name(), user.secretRef())));
        spec.servers().forEach(server -> serverTls(uses, server));
        var client = spec.tls().client();
        if (client.certSecretRef() != null) {
            pair(uses, "tls.client", client.certSecretRef());
        }
        if (client.clientCASecretRef() != null) {
            uses.add(new SecretUse("tls.client", client.clientCASecretRef().authorities(), Kind.AUTHORITIES));
        }
        var vouching = spec.access().caSecretRef();
        if (vouching != null) {
            uses.add(new SecretUse("access", vouching.authorities(), Kind.AUTHORITIES));
        }
        return List.copyOf(uses);
    }

    private static void serverTls(List<SecretUse> uses, ServerSpec server) {
        var tls = server.tls();
        if (tls == null) {
            return;
        }
        var who = "server " + server.name();
        if (tls.caSecretRef() != null) {
            uses.add(new SecretUse(who, tls.caSecretRef().authorities(), Kind.AUTHORITIES));
        }
        if (tls.certSecretRef() != null) {
            pair(uses, who, tls.certSecretRef());
        }
        if (tls.crlSecretRef() != null) {
            uses.add(new SecretUse(who, tls.crlSecretRef().revoked(), Kind.REVOKED));
        }
    }

    private static SecretUse password(String who, SecretRef ref) {
        return new SecretUse(who, ref, Kind.PASSWORD);
    }

    private static void pair(List<SecretUse> uses, String who, CertSecretRef ref) {
        uses.add(new SecretUse(who, ref.certificate(), Kind.CERTIFICATE));
        uses.add(new SecretUse(who, ref.privateKey(), Kind.PRIVATE_KEY));
    }
}
