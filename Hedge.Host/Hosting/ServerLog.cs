using System.Collections.Concurrent;
using System.Globalization;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Storage.Io;

namespace Hedge.Host.Hosting;

/// <summary>The server's own log: one line per event, in redis-server's form,
/// to standard output or logfile.</summary>
internal sealed class ServerLog : IDisposable
{
    /// <summary>Lines from cores that wait to be written; further ones are dropped and counted.</summary>
    private const int WaitingMax = 1024;

    private readonly Server _server;
    private readonly IClock _clock;
    private readonly Lock _writing = new();
    private readonly BlockingCollection<string> _waiting = new(WaitingMax);
    private readonly Thread _writer;
    private StreamWriter? _file;
    private int _dropped;

    public ServerLog(Server server, IClock clock)
    {
        _server = server;
        _clock = clock;
        _writer = new Thread(WriteWaiting) { IsBackground = true, Name = "hedge-log" };
        _writer.Start();
        server.Log = Add;
    }

    /// <summary>What an operator wants to know.</summary>
    public void Notice(string text) => Write(LogLevel.Notice, '*', text);

    /// <summary>A problem.</summary>
    public void Warning(string text) => Write(LogLevel.Warning, '#', text);

    public void Dispose()
    {
        _server.Log = static (_, _) => { };
        _waiting.CompleteAdding();
        _writer.Join();
        _waiting.Dispose();
        _file?.Dispose();
    }

    private bool IsWanted(LogLevel level) => level >= _server.Settings.Current.LogLevel;

    private void Write(LogLevel level, char mark, string text)
    {
        if (IsWanted(level)) Write(Line(mark, text));
    }

    /// <summary>A core's line: a thread of the log's own writes it, since a core never waits.</summary>
    private void Add(LogLevel level, string text)
    {
        if (!IsWanted(level)) return;
        try
        {
            char mark = level == LogLevel.Warning ? '#' : '*';
            if (!_waiting.TryAdd(Line(mark, text))) Interlocked.Increment(ref _dropped);
        }
        catch (InvalidOperationException)
        {
            // The log has ended.
        }
    }

    private void WriteWaiting()
    {
        foreach (string line in _waiting.GetConsumingEnumerable())
        {
            Write(line);
            int dropped = Interlocked.Exchange(ref _dropped, 0);
            if (dropped > 0) Write(Line('#', $"{dropped} lines of this log were dropped"));
        }
    }

    private string Line(char mark, string text)
    {
        DateTimeOffset now = DateTimeOffset.FromUnixTimeMilliseconds(_clock.UnixMilliseconds);
        string time = now.ToString("dd MMM yyyy HH:mm:ss.fff", CultureInfo.InvariantCulture);
        return $"{Environment.ProcessId}:M {time} {mark} {text}";
    }

    private void Write(string line)
    {
        ServerSettings settings = _server.Settings.Current;
        lock (_writing)
        {
            if (settings.LogFile.Length == 0)
            {
                Console.Out.WriteLine(line);
                return;
            }

            if (_file is null)
            {
                _file = new StreamWriter(PrivateFile.Open(settings.LogFile, FileMode.Append));
                _file.AutoFlush = true;
            }

            _file.WriteLine(line);
        }
    }
}
