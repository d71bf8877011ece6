package io.pgdoorman.operator.api.v1alpha1;

import org.jspecify.annotations.Nullable;

/// A secret that rules need and that must not stand in them: a word in its place, which becomes a file of the option
/// behind `@`.
public enum RuleSecret {
    LDAP_BIND("@ldap-bind", "ldapbindpasswd", "an ldap.bindSecretRef", AuthSpec.PASSWORD_IN_RULES) {
        @Override
        public @Nullable SecretRef in(AuthSpec auth) {
            return auth.ldap() == null ? null : auth.ldap().bindSecretRef();
        }
    },
    RADIUS("@radius-secret", "radiussecrets", "a radius.secretRef", AuthSpec.SECRET_IN_RULES) {
        @Override
        public @Nullable SecretRef in(AuthSpec auth) {
            return auth.radius() == null ? null : auth.radius().secretRef();
        }
    };

    private final String word;
    private final String option;
    private final String field;
    private final String openly;

    RuleSecret(String word, String option, String field, String openly) {
        this.word = word;
        this.option = option;
        this.field = field;
        this.openly = openly;
    }

    /// Where it is kept; null if the spec does not say.
    public abstract @Nullable SecretRef in(AuthSpec auth);

    /// What stands in rules.
    public String word() {
        return word;
    }

    /// What it means to the pooler.
    public String option() {
        return option;
    }

    /// What is wrong with rules, null if nothing is.
    public @Nullable String problem(AuthSpec auth, String rules) {
        if (rules.contains(option)) {
            return openly;
        }
        return rules.contains(word) && in(auth) == null ? word + " needs " + field : null;
    }
}
