package drivers.hibernate;

import jakarta.persistence.Entity;
import jakarta.persistence.FetchType;
import jakarta.persistence.GeneratedValue;
import jakarta.persistence.Id;
import jakarta.persistence.ManyToOne;

/// What a person has.
@Entity
class Letter {

    @Id
    @GeneratedValue
    Long id;

    @ManyToOne(fetch = FetchType.LAZY)
    Person person;

    String text;

    Letter() {}

    Letter(Person person) {
        this.person = person;
        text = "to " + person.name;
    }
}
