package drivers.hibernate;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import jakarta.persistence.OneToMany;
import jakarta.persistence.Version;
import java.util.ArrayList;
import java.util.List;

/// Somebody with letters; a change by two at once is noticed.
@Entity
class Person {

    @Id
    @GeneratedValue
    Long id;

    @Version
    int version;

    @Column(unique = true, nullable = false)
    String name;

    @OneToMany(mappedBy = "person")
    List<Letter> letters = new ArrayList<>();

    Person() {}

    Person(String name) {
        this.name = name;
    }
}
