# The scenarios of e2e/drivers/SCENARIOS with pg: text and binary, pipeline mode, COPY, single rows, cancel.
require 'pg'
require_relative 'scenario'

SLEEP = 'select pg_sleep(30)'.freeze

# Lends a connection and closes it.
def connected(**options)
  c = PG.connect(sslmode: 'disable', **options)
  yield c
ensure
  c&.close
end

def one(connection, text, values = [])
  connection.exec_params(text, values).getvalue(0, 0)
end

def all(connection, *statements)
  statements.each { |statement| connection.exec(statement) }
end

def usable(connection)
  must('afterwards', one(connection, "select 'still ' || $1::text", ['here']), 'still here')
end

def must_fail(what, state)
  begin
    yield
  rescue PG::Error => e
    return must(what, e.result&.error_field(PG::Result::PG_DIAG_SQLSTATE), state)
  end
  raise "#{what}: no failure, want #{state}"
end

def login
  connected { |c| must('user', one(c, 'select current_user::text'), c.user) }
  begin
    connected(password: 'wrong') { raise 'a wrong password was taken' }
  rescue PG::ConnectionBad => e
    must(e.message, e.message.include?('password authentication failed'), true)
  end
end

def startup
  connected do |c|
    4.times do |i|
      all(c, "create schema if not exists s#{i}", "drop table if exists s#{i}.place", "create table s#{i}.place as select 's#{i}' as name")
    end
  end
  asked = "select name, current_setting('application_name'), current_setting('statement_timeout') from place"
  concurrently(8) do |i|
    options = "-c search_path=s#{i % 4} -c statement_timeout=#{20_001 + i}"
    connected(application_name: "application #{i}", options: options) do |c|
      40.times { must('settings', c.exec(asked).values, [["s#{i % 4}", "application #{i}", "#{20_001 + i}ms"]]) }
    end
  end
end

# Named statements that are kept, named ones of SQL's PREPARE's kind that are dropped, and unnamed ones, in both formats.
def prepared
  servers = Servers.new
  concurrently(8) do |connection|
    connected do |c|
      known = Set.new
      100.times do |i|
        name = "statement #{i % 7}"
        question = connection * 1000 + i
        text = "select #{i % 7}, $1::int4 * 2, pg_backend_pid() /* #{i % 7} */#{DAWDLE}"
        if connection.even?
          c.prepare(name, text) if known.add?(name)
          result = c.exec_prepared(name, [question], i % 2)
          c.exec("deallocate \"#{name}\"") && known.delete(name) if i % 13 == 12
        else
          result = c.exec_params(text, [question], i % 2)
        end
        result.type_map = PG::TypeMapByColumn.new([(i % 2).zero? ? PG::TextDecoder::Integer.new : PG::BinaryDecoder::Integer.new] * 3)
        statement, answer, pid = result.values[0]
        must('answer', [statement, answer], [i % 7, question * 2])
        servers.add(connection, pid)
      end
      must('parameters', c.describe_prepared('statement 0').nparams, 1) if known.include?('statement 0')
    end
  end
  servers.check
end

# The next result of a pipeline, behind the nil that ends the one before it.
def next_result(connection)
  result = connection.get_result
  connection.get_result unless result&.result_status == PG::PGRES_PIPELINE_SYNC
  result
end

def batch
  concurrently(4) do |connection|
    connected do |c|
      3.times do |round|
        c.enter_pipeline_mode
        c.send_prepare("doubled #{round}", 'select $1::int4 * 2, $2::text')
        100.times do |n|
          c.send_query_prepared("doubled #{round}", [n, "q #{connection} #{n}"])
          c.pipeline_sync if n % 33 == 32
        end
        c.pipeline_sync
        must('prepare', next_result(c).result_status, PG::PGRES_COMMAND_OK)
        100.times do |n|
          must('answer', next_result(c).values, [[(n * 2).to_s, "q #{connection} #{n}"]])
          must('sync', next_result(c).result_status, PG::PGRES_PIPELINE_SYNC) if n % 33 == 32
        end
        must('sync', next_result(c).result_status, PG::PGRES_PIPELINE_SYNC)
        c.exit_pipeline_mode
      end
      c.send_query((0...50).map { |n| "select '#{connection} #{n}'" }.join(';'))
      50.times { |n| must('one of many', c.get_result.getvalue(0, 0), "#{connection} #{n}") }
      must('end', c.get_result, nil)
      usable(c)
    end
  end
end

def batch_error
  connected { |c| all(c, 'drop table if exists skipped', 'create table skipped (n int4)') }
  concurrently(4) do |connection|
    connected do |c|
      10.times do |n|
        c.enter_pipeline_mode
        c.send_query_params('select $1::int4', [n])
        c.send_query_params('select 1 / $1::int4', [0])
        c.send_query_params('insert into skipped values ($1::int4)', [n])
        c.pipeline_sync
        c.send_query_params('select $1::int4 + 1', [connection])
        c.pipeline_sync
        must('before the error', next_result(c).getvalue(0, 0), n.to_s)
        must('the error', next_result(c).error_field(PG::Result::PG_DIAG_SQLSTATE), '22012')
        must('skipped', next_result(c).result_status, PG::PGRES_PIPELINE_ABORTED)
        must('sync', next_result(c).result_status, PG::PGRES_PIPELINE_SYNC)
        must('after the sync', next_result(c).getvalue(0, 0), (connection + 1).to_s)
        must('sync', next_result(c).result_status, PG::PGRES_PIPELINE_SYNC)
        c.exit_pipeline_mode
        usable(c)
        must_fail('many in one query', '22012') { c.exec('insert into skipped values (1); select 1/0; select 2') }
        usable(c)
      end
      must('rows of bursts that failed', one(c, 'select count(*) from skipped'), '0')
    end
  end
end

def copy_in
  connected do |c|
    all(c, 'drop table if exists copied', 'create table copied (id int4, word text)')
    result = c.copy_data('copy copied from stdin', PG::TextEncoder::CopyRow.new) do
      20_000.times { |i| c.put_copy_data([i.to_s, "word\t#{i}"]) }
    end
    must('rows', result.cmd_tuples, 20_000)
    must('rows', one(c, "select count(*) from copied where word = E'word\\t' || id"), '20000')
  end
end

def copy_out
  connected do |c|
    n = 0
    c.copy_data("copy (select i, 'word ' || i from generate_series(0, 19999) i) to stdout", PG::TextDecoder::CopyRow.new) do
      while (row = c.get_copy_data)
        must('row', row, [n.to_s, "word #{n}"])
        n += 1
      end
    end
    must('rows', n, 20_000)
    usable(c)
  end
end

def copy_binary
  connected do |c|
    all(c, 'drop table if exists copied_binary', 'create table copied_binary (id int4, word text)')
    bytes = ''.b
    c.copy_data("copy (select i::int4, 'word ' || i from generate_series(1, 5000) i) to stdout (format binary)") do
      while (part = c.get_copy_data)
        bytes << part
      end
    end
    result = c.copy_data('copy copied_binary from stdin (format binary)') { bytes.scan(/.{1,1000}/mn) { |part| c.put_copy_data(part) } }
    must('rows', result.cmd_tuples, 5000)
    must('rows', one(c, "select count(*) from copied_binary where word = 'word ' || id"), '5000')
  end
end

def copy_error
  connected do |c|
    all(c, 'drop table if exists refused', 'create table refused (id int4)')
    must_fail('refused by the server', '22P02') do
      c.copy_data('copy refused from stdin') do
        c.put_copy_data("#{"1\n" * 3000}no number\n")
        200.times { c.put_copy_data("2\n" * 1000) }
      end
    end
    usable(c)
    begin
      c.copy_data('copy refused from stdin') { c.put_copy_data("1\n2\n") && raise(KeyError, 'the source broke') }
    rescue KeyError
      usable(c)
    end
    begin # what was not read is thrown away after a cancel
      c.copy_data("copy (select repeat('x', 1000) from generate_series(1, 200000)) to stdout") { c.get_copy_data && raise(KeyError, 'enough') }
    rescue KeyError
      usable(c)
    end
    must_fail('out of nowhere', '42P01') { c.exec('copy nowhere to stdout') }
    must('rows', one(c, 'select count(*) from refused'), '0')
  end
end

def cancel
  concurrently(3) do |i|
    connected do |c|
      3.times do |n|
        if i.positive?
          must('a neighbour', one(c, 'select $1::int4 from pg_sleep(0.1)', [i * 10 + n]), (i * 10 + n).to_s)
          next
        end
        must_fail('cancelled', '57014') { cancelling(-> { c.cancel }) { c.exec(SLEEP) } }
        usable(c)
      end
    end
  end
end

def timeout
  connected do |c|
    all(c, 'begin', 'set local statement_timeout = 50')
    must_fail('statement_timeout', '57014') { c.exec(SLEEP) }
    all(c, 'rollback', 'select pg_sleep(0.1)')
    # the driver's own limit is that of Ruby: it cancels and throws the answer away
    3.times do
      begin
        Timeout.timeout(0.1) { c.exec(SLEEP) }
        raise 'no limit'
      rescue Timeout::Error
        c.cancel
        c.discard_results
      end
      usable(c)
    end
  end
end

def errors
  connected do |c|
    all(c, 'drop table if exists keyed', 'create table keyed (id int4 primary key)', 'insert into keyed values (1)')
    FAILING.each do |text, state|
      prepared = lambda do
        c.prepare(text, text)
        c.exec_prepared(text)
      end
      [-> { c.exec(text) }, -> { c.exec_params(text, []) }, prepared].each do |work|
        must_fail(text, state, &work)
        usable(c)
        c.exec('deallocate all')
        c.exec('begin')
        must_fail(text, state, &work)
        must_fail('failed transaction', '25P02') { c.exec_params('select $1::text', ['x']) }
        all(c, 'rollback', 'deallocate all')
      end
    end
    usable(c)
  end
end

def reconnect
  connected do |other|
    connected do |c|
      3.times do |n|
        c.exec('begin')
        pid = one(c, 'select pg_backend_pid()')
        must('terminated', one(other, 'select pg_terminate_backend($1::int4, 5000)', [pid]), 't')
        begin
          c.exec('select 1')
          raise 'a terminated server answered'
        rescue PG::Error
          c.reset
        end
        must('afterwards', one(c, 'select $1::int4', [n]), n.to_s)
      end
    end
  end
end

def transactions
  connected do |c|
    connected do |other|
      seen = ->(rows) { must('seen by another', one(other, 'select count(*) from kept'), rows.to_s) }
      all(c, 'drop table if exists kept', 'create table kept (id int4)')
      c.transaction do
        all(c, 'set transaction isolation level serializable', 'insert into kept values (1)', 'savepoint inner_one', 'insert into kept values (2)')
        must_fail('division', '22012') { c.exec('select 1/0') }
        must('status', c.transaction_status, PG::PQTRANS_INERROR)
        all(c, 'rollback to savepoint inner_one', 'insert into kept values (3)')
        seen.call(0)
      end
      must('status', c.transaction_status, PG::PQTRANS_IDLE)
      seen.call(2)
      begin
        c.transaction { c.exec('delete from kept') && raise(KeyError, 'no') }
      rescue KeyError
        seen.call(2)
      end
    end
  end
end

def large
  connected do |c|
    SIZES.each do |size|
      sent = "#{'x' * (size - 1)}!"
      text, raw = c.exec_params('select $1::text, $2::bytea', [sent, { value: sent, format: 1 }], 1).values[0]
      must("#{size} bytes", text == sent && raw == sent, true)
    end
    n = 0
    c.send_query('select i, repeat(chr(97 + i % 26), 100000) from generate_series(1, 100) i')
    c.set_single_row_mode
    c.get_result.stream_each_row do |i, text|
      n += 1
      must('row', i == n.to_s && text == (97 + n % 26).chr * 100_000, true)
    end
    must('rows', n, 100)
    object_of(c)
  end
end

# A large object is read and written by FunctionCall messages.
def object_of(connection)
  connection.transaction do
    oid = connection.lo_creat
    object = connection.lo_open(oid, PG::INV_WRITE | PG::INV_READ)
    connection.lo_write(object, 'y' * 3_000_000)
    connection.lo_lseek(object, 1_000_000, PG::SEEK_SET)
    must('large object', connection.lo_read(object, 2_500_000) == 'y' * 2_000_000, true)
    connection.lo_close(object)
    connection.lo_unlink(oid)
  end
end

def types
  at = Time.utc(2026, 11, 24, 12, 34, 56, 789)
  values = {
    'bool' => true, 'int2' => -32_768, 'int4' => 2**31 - 1, 'int8' => -(2**63), 'float8' => 3.141592653589793, 'text' => "a ' \" \\ € 😀 \n",
    'varchar(20)' => 'twenty', 'bytea' => "\0\1\xff\\".b, 'timestamptz' => at, 'int8[]' => [1, 2, 3], 'text[]' => ['a', 'b,c', '"d"', nil],
    'numeric' => '123456789.00001', 'uuid' => '01234567-89ab-cdef-0123-456789abcdef', 'int4range' => '[1,9)'
  }
  connected do |c|
    c.type_map_for_results = PG::BasicTypeMapForResults.new(c)
    c.type_map_for_queries = PG::BasicTypeMapForQueries.new(c)
    values.each do |kind, sent|
      given = kind == 'bytea' ? PG::BasicTypeMapForQueries::BinaryData.new(sent) : sent
      got = one(c, "select $1::#{kind}", [given])
      must(kind, kind == 'numeric' ? got.to_s('F') : got, sent)
      must('null', one(c, "select $1::#{kind}", [nil]), nil)
    end
    must('jsonb', one(c, 'select $1::jsonb', ['{"a": [1.5, null]}']), { 'a' => [1.5, nil] })
  end
end

def cursor
  connected do |c|
    c.transaction do
      c.exec_params('declare numbers scroll cursor for select i from generate_series(1, $1::int4) i', [1000])
      n = 0
      while (rows = c.exec('fetch 70 from numbers').column_values(0)).any?
        must('rows', rows, rows.each_index.map { |i| (n + i + 1).to_s })
        n += rows.size
      end
      must('rows', n, 1000)
      must('scrolled', one(c, 'fetch absolute 11 from numbers'), '11')
    end
    usable(c)
  end
end

def listen
  connected do |c|
    connected do |other|
      c.exec('listen ruby_channel')
      3.times do |n|
        one(other, "select pg_notify('ruby_channel', $1)", ["message #{n}"])
        heard = nil
        c.wait_for_notify(5) { |channel, _, payload| heard = [channel, payload] }
        must('notification', heard, ['ruby_channel', "message #{n}"])
      end
      c.exec('unlisten *')
    end
  end
end

run("pg #{PG::VERSION}, libpq #{PG.library_version / 10_000}.#{PG.library_version % 10_000}",
    'login' => -> { login }, 'startup' => -> { startup }, 'prepared' => -> { prepared }, 'batch' => -> { batch },
    'batch-error' => -> { batch_error }, 'copy-in' => -> { copy_in }, 'copy-out' => -> { copy_out }, 'copy-binary' => -> { copy_binary },
    'copy-error' => -> { copy_error }, 'cancel' => -> { cancel }, 'timeout' => -> { timeout }, 'errors' => -> { errors },
    'reconnect' => -> { reconnect }, 'transactions' => -> { transactions }, 'large' => -> { large }, 'types' => -> { types },
    'cursor' => -> { cursor }, 'listen' => -> { listen })
