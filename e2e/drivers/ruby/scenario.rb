# Runs the scenarios of a driver and prints a line for each.
require 'set'
require 'timeout'

LIMIT = 60
# Whether a connection meets several servers: "1" that it must, "0" that it must not.
POOLED = ENV['POOLED']
# Put behind a query: now and then it takes longer, so that clients of a small pool have to wait.
DAWDLE = ' from pg_sleep(case when random() < 0.1 then 0.01 else 0 end)'.freeze
SIZES = [1, 8191, 8192, 65_536, 1 << 20, 8 << 20].freeze
# What fails, by its SQLSTATE; the table keyed has a row 1.
FAILING = {
  'selec 1' => '42601',
  'select * from nowhere' => '42P01',
  'insert into keyed values (1)' => '23505',
  "select 'x'::int4" => '22P02',
  "do $$ begin raise 'own'; end $$" => 'P0001',
  'select nothing_like_this(1)' => '42883',
  'select 1/(i - 500) from generate_series(1, 1000) i' => '22012'
}.freeze

# Demands that what came is what was asked for.
def must(what, got, want)
  raise "#{what}: got #{got.inspect[0, 200]}, want #{want.inspect[0, 200]}" unless got == want
end

# Runs n threads at once, waits for all of them, and raises the first failure.
def concurrently(count, &work)
  threads = Array.new(count) do |i|
    Thread.new do
      Thread.current.report_on_exception = false
      work.call(i)
    end
  end
  failed = threads.filter_map do |thread|
    thread.join && nil
  rescue StandardError => e
    e
  end
  raise failed.first if failed.any?
end

# Runs the block and cancels it, again and again, as the first one may come before the statement.
def cancelling(cancel)
  running = true
  loop = Thread.new do
    Thread.current.report_on_exception = false
    while running
      sleep 0.1
      cancel.call if running
    end
  end
  yield
ensure
  running = false
  loop.join
end

# Counts the server processes that each connection met.
class Servers
  def initialize
    @met = Hash.new { |all, connection| all[connection] = Set.new }
    @lock = Mutex.new
  end

  def add(connection, pid)
    @lock.synchronize { @met[connection] << pid }
  end

  def check
    most = @met.values.map(&:size).max
    raise 'no connection met a second server, so nothing was shown' if POOLED == '1' && most < 2
    raise "a connection met #{most} servers without a pooler" if POOLED == '0' && most != 1
  end
end

# Runs all, one after the other. One that hangs ends the program.
def run(version, scenarios)
  $stdout.sync = true
  puts "version #{version} (Ruby #{RUBY_VERSION})"
  scenarios.each do |name, work|
    late = Thread.new do
      sleep LIMIT
      puts "not ok #{name} - no end after #{LIMIT} s"
      exit!(1)
    end
    begin
      work.call
      puts "ok #{name}"
    rescue StandardError => e
      warn e.full_message
      puts "not ok #{name} - #{e.class}: #{e.message.tr("\n", ' ')}"
    end
    late.kill
  end
end
