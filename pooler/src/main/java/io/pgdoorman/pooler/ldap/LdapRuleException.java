package io.pgdoorman.pooler.ldap;

/// Why the options of a rule do not lead to a directory.
public final class LdapRuleException extends Exception {
    private static final long serialVersionUID = 1L;

    LdapRuleException(String text) {
        super(text);
    }

    public String text() {
        return String.valueOf(getMessage());
    }
}
