using System.Collections.Concurrent;
using System.Text;
using Hedge.Resp;
using Hedge.Resp.Clients;
using Hedge.Storage.Checks;

namespace Hedge.Host.Tools.Imports;

/// <summary>What a reply says about a key.</summary>
internal enum ReplyMeaning
{
    /// <summary>Nothing but that it may be an error.</summary>
    Done,

    /// <summary>As <see cref="Done"/>, and a null means that the key was there.</summary>
    NullIfThere,

    /// <summary>As <see cref="Done"/>, and an error about a library that "already exists" means just
    /// that.</summary>
    LibraryIfThere,
}

/// <summary>
/// The server that an import fills: requests are sent ahead, and a thread of its own looks at the replies.
/// </summary>
internal sealed class ImportTarget : IDisposable
{
    private const int AheadMax = 16 * 1024;
    private const int ErrorsShown = 10;

    private readonly ToolConnection _connection;
    private readonly ImportCounts _counts;
    private readonly ToolProgress _progress;
    private readonly BlockingCollection<Awaited> _awaited = new(AheadMax);
    private readonly Thread _receiver;
    private volatile Exception? _failure;

    /// <summary>An import through a connection, which it takes over.</summary>
    public ImportTarget(ToolConnection connection, ImportCounts counts, ToolProgress progress)
    {
        _connection = connection;
        _counts = counts;
        _progress = progress;
        _receiver = new Thread(Receive) { IsBackground = true, Name = "replies" };
        _receiver.Start();
    }

    /// <summary>Where a request is written.</summary>
    public ToolConnection Connection => _connection;

    /// <summary>Ends a request that was written.</summary>
    /// <param name="what">Key or command, for a message.</param>
    /// <param name="meaning">What its reply says.</param>
    /// <exception cref="ToolException">The connection was lost.</exception>
    public void End(ReadOnlySpan<byte> what, ReplyMeaning meaning = ReplyMeaning.Done)
    {
        Add(new Awaited(what.ToArray(), meaning, null));
        Try(_connection.SendIfFull);
    }

    /// <summary>Sends a request and waits for its reply, and so for all before it.</summary>
    public RespValue Call(params ReadOnlySpan<string> words)
    {
        byte[][] arguments = new byte[words.Length][];
        for (int i = 0; i < words.Length; i++) arguments[i] = Encoding.UTF8.GetBytes(words[i]);
        return Call(arguments);
    }

    /// <summary>The same with bytes.</summary>
    public RespValue Call(params byte[][] arguments)
    {
        _connection.Begin(arguments.Length);
        foreach (byte[] argument in arguments) _connection.Argument(argument);
        var reply = new TaskCompletionSource<RespValue>(TaskCreationOptions.RunContinuationsAsynchronously);
        Add(new Awaited([], ReplyMeaning.Done, reply));
        Try(_connection.Send);
        while (!reply.Task.Wait(100)) ThrowIfLost();
        return reply.Task.Result;
    }

    /// <summary>Waits for all replies.</summary>
    public void Flush() => Call("PING");

    /// <inheritdoc/>
    public void Dispose()
    {
        _awaited.CompleteAdding();
        _connection.Dispose();
        _receiver.Join();
        _awaited.Dispose();
    }

    private void Add(in Awaited awaited)
    {
        // A full queue may need what has not been sent yet.
        if (_awaited.TryAdd(awaited)) return;
        Try(_connection.Send);
        while (!_awaited.TryAdd(awaited, 100)) ThrowIfLost();
    }

    private void Try(Action send)
    {
        ThrowIfLost();
        try
        {
            send();
        }
        catch (IOException problem)
        {
            throw new ToolException($"the connection was lost: {problem.Message}", problem);
        }
    }

    private void ThrowIfLost()
    {
        if (_failure is { } failure)
            throw new ToolException($"the connection was lost: {failure.Message}", failure);
    }

    private void Receive()
    {
        try
        {
            foreach (Awaited awaited in _awaited.GetConsumingEnumerable())
            {
                RespValue reply = _connection.Receive();
                if (awaited.Reply != null) awaited.Reply.SetResult(reply);
                else Judge(awaited, reply);
            }
        }
        catch (Exception problem)
            when (problem is IOException or RespProtocolException or ObjectDisposedException
                or InvalidOperationException)
        {
            _failure = problem;
        }
    }

    private void Judge(in Awaited awaited, RespValue reply)
    {
        bool wasThere = awaited.Meaning switch
        {
            ReplyMeaning.NullIfThere => reply.IsNull,
            ReplyMeaning.LibraryIfThere => reply.IsError
                && reply.Text.EndsWith(" already exists", StringComparison.Ordinal),
            _ => reply.IsError && reply.Text.StartsWith("BUSYKEY", StringComparison.Ordinal),
        };
        if (wasThere)
        {
            _counts.Kept++;
        }
        else if (reply.IsError)
        {
            if (++_counts.Refused > ErrorsShown) return;
            _progress.Warn($"refused: {KeyText.Quote(awaited.What)}: {reply.Text}");
            if (_counts.Refused == ErrorsShown) _progress.Warn("more of these are only counted");
        }
    }

    private readonly record struct Awaited(
        byte[] What, ReplyMeaning Meaning, TaskCompletionSource<RespValue>? Reply);
}
