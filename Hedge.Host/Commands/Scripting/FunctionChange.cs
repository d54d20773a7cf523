using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Scripting;
using Hedge.Storage.Manifests;

namespace Hedge.Host.Commands.Scripting;

/// <summary>A change of the functions under way: the progress of its command, until the file is
/// durable.</summary>
internal sealed class FunctionChange(FunctionStore store) : IDisposable
{
    private FileReplacement? _file;
    private FunctionTable? _table;
    private string? _reply;
    private bool _hasEnded;

    /// <summary>The change of a command that has just begun; null when it has to wait, or to go on with
    /// it.</summary>
    public static FunctionChange? Begin(CommandContext context)
    {
        if (context.Progress is FunctionChange change)
        {
            change.GoOn(context);
            return null;
        }

        FunctionStore store = context.Server.Functions;
        if (!store.TryBegin())
        {
            context.GoOnAt(context.NowMilliseconds + 1);
            return null;
        }

        change = new FunctionChange(store);
        context.Progress = change;
        return change;
    }

    /// <summary>Makes a table durable, then the current one.</summary>
    /// <param name="context">The command's context.</param>
    /// <param name="table">The table.</param>
    /// <param name="reply">What the command answers then: a name, or null for OK.</param>
    public void Commit(CommandContext context, FunctionTable table, string? reply)
    {
        _table = table;
        _reply = reply;
        if (store.ReplaceFile is { } replace)
        {
            using var payload = new PayloadOutput();
            FunctionPayload.Write(table, payload);
            _file = replace(context.Storage!, FunctionStore.FileName, payload.Bytes.ToArray());
        }

        GoOn(context);
    }

    /// <summary>Gives the change up, with an error reply.</summary>
    public void Fail(CommandContext context, string error)
    {
        End(context, null);
        context.Reply.Error(System.Text.Encoding.Latin1.GetBytes(error));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_hasEnded) store.End(_file is { IsOver: true, Failure: null } ? _table : null);
        _hasEnded = true;
    }

    private void GoOn(CommandContext context)
    {
        if (_file is { IsOver: false })
        {
            context.GoOnAt(context.NowMilliseconds + 1);
            return;
        }

        if (_file?.Failure is { } failure)
        {
            Fail(context, $"IOERR the functions could not be written: {failure}");
            return;
        }

        End(context, _table);
        if (_reply is null) context.Reply.Ok();
        else context.Reply.BulkAscii(_reply);
    }

    private void End(CommandContext context, FunctionTable? table)
    {
        _hasEnded = true;
        store.End(table);
        context.Progress = null;
    }
}
