using Hedge.Host.Clients;
using Hedge.Host.Commands;
using Hedge.Host.Connections;
using Hedge.Host.Mailboxes;
using Hedge.Resp;
using Hedge.Storage.Io;

namespace Hedge.Host.Executions;

/// <summary>Runs requests whose place among their client's replies is kept, here or on another core, and
/// sends what they answer there. Owned by the core.</summary>
internal sealed class DeferredAnswers(CommandRunner runner, Refusals refusals, BigReplies bigReplies,
    ConnectionTable connections, Mail mail) : IDisposable
{
    private readonly OutputBuffer _answer = new();
    private readonly Stranger _stranger = new();
    private readonly RespWriter _writer = new();

    /// <summary>Runs a request; its answer is to be sent when that has come to its end.</summary>
    public PauseKind Run(Request request)
    {
        Session session = _stranger.SessionOf(request);
        _answer.Clear();
        if (refusals.FindLate(request) is not { } reason) return runner.Run(request, session, _answer);
        runner.WriteError(_answer, reason);
        return PauseKind.None;
    }

    /// <summary>The answer is an error.</summary>
    public void Fail(string error)
    {
        _answer.Clear();
        runner.WriteError(_answer, error);
    }

    /// <summary>The answer is the error of a command that does not run.</summary>
    public void Refuse(Request request, string error)
    {
        Fail(error);
        if (request.Client is { } client && ReplyModes.EndDrops(client.Session)) _answer.Clear();
    }

    /// <summary>The answer is what somebody writes.</summary>
    public void Write(Action<RespWriter> write)
    {
        _answer.Clear();
        _writer.Reset(_answer, protocol: 2);
        write(_writer);
    }

    /// <summary>Sends the answer.</summary>
    public void Send(Request request)
    {
        if (runner.TakeBigReply() is { } big) bigReplies.Begin(request, big);
        else if (request.Client is { } client)
            connections.CompleteReply(client, request.Slot, _answer.Unread);
        else mail.Reply(request, _answer.Unread);
        _answer.Clear();
    }

    /// <inheritdoc/>
    public void Dispose() => _answer.Dispose();
}
