using System.Collections.Concurrent;
using Hedge.Host.Servers;
using Hedge.Host.Settings;
using Hedge.Storage.Io;

namespace Hedge.Host.Hosting;

/// <summary>The server's own log: one line per event, in redis-server's form or as JSON
/// (<see cref="LogLine"/>), to standard output or logfile.</summary>
internal sealed class ServerLog : IDisposable
{
    /// <summary>Lines from cores that wait to be written; further ones are dropped and counted.</summary>
    private const int WaitingMax = 1024;

    private readonly Server _server;
    private readonly IClock _clock;
    private readonly Lock _writing = new();
    private readonly BlockingCollection<Entry> _waiting = new(WaitingMax);
    private readonly Syslog? _syslog;
    private readonly Thread _writer;
    private StreamWriter? _file;
    private int _dropped;

    public ServerLog(Server server, IClock clock)
    {
        _server = server;
        _clock = clock;
        ProcessSettings process = server.Settings.Current.Process;
        if (process.Syslog) _syslog = new Syslog(process, clock);
        _writer = new Thread(WriteWaiting) { IsBackground = true, Name = "hedge-log" };
        _writer.Start();
        server.Log = Add;
    }

    /// <summary>What an operator wants to know.</summary>
    public void Notice(string text) => WriteWanted(LogLevel.Notice, text);

    /// <summary>A problem.</summary>
    public void Warning(string text) => WriteWanted(LogLevel.Warning, text);

    public void Dispose()
    {
        _server.Log = static (_, _) => { };
        _waiting.CompleteAdding();
        _writer.Join();
        _waiting.Dispose();
        _syslog?.Dispose();
        _file?.Dispose();
    }

    private bool IsWanted(LogLevel level) => level >= _server.Settings.Current.LogLevel;

    private void WriteWanted(LogLevel level, string text)
    {
        if (IsWanted(level)) Write(EntryOf(level, text));
    }

    /// <summary>A core's line: a thread of the log's own writes it, since a core never waits.</summary>
    private void Add(LogLevel level, string text)
    {
        if (!IsWanted(level)) return;
        try
        {
            if (!_waiting.TryAdd(EntryOf(level, text))) Interlocked.Increment(ref _dropped);
        }
        catch (InvalidOperationException)
        {
            // The log has ended.
        }
    }

    private void WriteWaiting()
    {
        foreach (Entry entry in _waiting.GetConsumingEnumerable())
        {
            Write(entry);
            int dropped = Interlocked.Exchange(ref _dropped, 0);
            if (dropped > 0)
                Write(EntryOf(LogLevel.Warning, $"{dropped} lines of this log were dropped"));
        }
    }

    private Entry EntryOf(LogLevel level, string text)
    {
        DateTimeOffset now = DateTimeOffset.FromUnixTimeMilliseconds(_clock.UnixMilliseconds);
        string line = _server.Settings.Current.LogFormat == LogFormat.Json
            ? LogLine.Json(level, text, now, Thread.CurrentThread.Name) : LogLine.Text(level, text, now);
        return new Entry(level, text, line);
    }

    private void Write(in Entry entry)
    {
        ServerSettings settings = _server.Settings.Current;
        lock (_writing)
        {
            _syslog?.Write(entry.Level, entry.Text);
            if (settings.LogFile.Length == 0)
            {
                Console.Out.WriteLine(entry.Line);
                return;
            }

            _file ??= Open(settings.LogFile);

            _file.WriteLine(entry.Line);
        }
    }

    private static StreamWriter Open(string path)
    {
        try
        {
            return new StreamWriter(PrivateFile.Open(path, FileMode.Append)) { AutoFlush = true };
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            string reason = Directory.Exists(path) ? "it is a directory"
                : failure is DirectoryNotFoundException ? "its directory does not exist"
                : failure is UnauthorizedAccessException ? "permission denied" : failure.Message;
            throw new IOException($"logfile {path} cannot be opened: {reason}", failure);
        }
    }

    private readonly record struct Entry(LogLevel Level, string Text, string Line);
}
