package io.pgdoorman.pooler.ldap;

/// A directory with the people of these tests, on loopback: in clear with StartTLS, and by TLS.
interface TestDirectory extends AutoCloseable {
    String BASE = "dc=example,dc=com";
    String FINDER = "cn=finder," + BASE;
    String FINDER_PASSWORD = "finder-secret";

    /// Two of them share a mail address, and one has a comma in its name.
    String PEOPLE = """
        dn: dc=example,dc=com
        objectClass: dcObject
        objectClass: organization
        dc: example
        o: example

        dn: cn=finder,dc=example,dc=com
        objectClass: organizationalRole
        objectClass: simpleSecurityObject
        cn: finder
        userPassword: finder-secret

        dn: ou=people,dc=example,dc=com
        objectClass: organizationalUnit
        ou: people

        dn: uid=app,ou=people,dc=example,dc=com
        objectClass: inetOrgPerson
        uid: app
        cn: app
        sn: app
        mail: app@example.com
        mail: both@example.com
        userPassword: app of the directory

        dn: uid=clerk,ou=people,dc=example,dc=com
        objectClass: inetOrgPerson
        uid: clerk
        cn: clerk
        sn: clerk
        mail: both@example.com
        userPassword: clerk of the directory

        dn: uid=we\\,ird,ou=people,dc=example,dc=com
        objectClass: inetOrgPerson
        uid: we,ird
        cn: weird
        sn: weird
        userPassword: weird of the directory
        """;

    int port();

    int tlsPort();

    @Override
    void close();
}
