package io.pgdoorman.pooler.admin;

import io.pgdoorman.pooler.client.AdminConsole;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A parameter of PostgreSQL's that drivers ask for.
final class ShowParameter extends ShowCommand {

    private final String value;

    private ShowParameter(String name, String value) {
        super(name.toLowerCase(Locale.ROOT), text(name));
        this.value = value;
    }

    static List<ShowParameter> all() {
        var all = new ArrayList<ShowParameter>();
        AdminConsole.PARAMETERS.forEach(one -> all.add(new ShowParameter(one.getKey(), one.getValue())));
        all.add(new ShowParameter("transaction_isolation", "read committed"));
        all.add(new ShowParameter("transaction_read_only", "off"));
        return all;
    }

    @Override
    public boolean isListed() {
        return false;
    }

    @Override
    List<List<@Nullable String>> rows() {
        return List.of(row((Object) value));
    }
}
