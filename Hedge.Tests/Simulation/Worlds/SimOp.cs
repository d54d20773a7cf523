using Hedge.Resp.Clients;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>One command or transaction in a history: when it was sent and answered, and the answer.</summary>
internal sealed class SimOp
{
    private int _replies;
    private bool? _isBarrier;

    public required SimAction Action { get; init; }

    public required int Client { get; init; }

    /// <summary>The connection it was sent on, counted over the whole run.</summary>
    public required int Session { get; init; }

    /// <summary>The life of the server it was sent to;
    /// what is unanswered when that ends never happens later.</summary>
    public required int Epoch { get; init; }

    /// <summary>The partitions of the server it was sent to.</summary>
    public int Partitions { get; init; } = 1;

    /// <summary>True when it comes after all earlier ones of its connection, and before all later
    /// ones.</summary>
    public bool IsBarrier => _isBarrier ??= Action.IsBarrier && !Action.IsScriptOfOne(Partitions);

    /// <summary>What it is a part of, when it is one.</summary>
    public SimOp? Whole { get; private set; }

    /// <summary>The moment its last byte was sent.</summary>
    public long Invoke { get; set; } = long.MaxValue;

    /// <summary>The moment its last reply came; never for one that may have happened or not.</summary>
    public long Return { get; set; } = long.MaxValue;

    /// <summary>The same as Unix milliseconds: its time on the server lies between.</summary>
    public long InvokeMilliseconds { get; set; }

    /// <inheritdoc cref="InvokeMilliseconds"/>
    public long ReturnMilliseconds { get; set; } = long.MaxValue;

    /// <summary>The first moment at which somebody else saw its effect: got its message or its keyspace
    /// event.</summary>
    public long Seen { get; set; } = long.MaxValue;

    /// <summary>What its PUBLISH commands were answered, in order.</summary>
    public List<long> Receivers { get; private set; } = [];

    /// <summary>The reply (a transaction's: to EXEC), or null.</summary>
    public string? Reply { get; set; }

    public bool IsPending => Return == long.MaxValue;

    /// <summary>True when the reply says that it was refused or failed, and has changed nothing.</summary>
    public bool HasFailed => Reply != null
        && (Reply.StartsWith("-MISCONF", StringComparison.Ordinal)
            || Reply.StartsWith("-IOERR", StringComparison.Ordinal)
            || Reply.StartsWith("-EXECABORT", StringComparison.Ordinal)
            || IsBusy || WasKilled
            || (Reply.StartsWith('-') && SimFiles.IsExport(Action)));

    /// <summary>True when it was refused because of a script that runs too long.</summary>
    public bool IsBusy => Reply?.StartsWith("-BUSY", StringComparison.Ordinal) == true;

    /// <summary>True for a script that SCRIPT KILL has ended.</summary>
    public bool WasKilled => Action.Lua != null && Reply != null
        && Reply.StartsWith("-ERR Script killed by user", StringComparison.Ordinal);

    /// <summary>What is known of it now.</summary>
    public SimOp Copy() => (SimOp)MemberwiseClone();

    /// <summary>A part of it, with the same times.</summary>
    public SimOp As(SimAction action) => new()
    {
        Action = action,
        Client = Client,
        Session = Session,
        Epoch = Epoch,
        Whole = this,
        Invoke = Invoke,
        Return = Return,
        InvokeMilliseconds = InvokeMilliseconds,
        ReturnMilliseconds = ReturnMilliseconds,
    };

    /// <summary>Takes the next reply. True when it was the last.</summary>
    public bool Take(RespValue value)
    {
        _replies++;
        string text = Text(value);
        if (_replies == Action.Replies)
        {
            if (!value.IsNull && !value.IsError) NoteReceivers(value);
            Reply = Action.Publishes || Action.Lists
                ? TextOfAll(value, Action.IsOneOfMany) : text;
            return true;
        }

        if (_replies == 1 && text != "+OK")
            throw new SimFailureException($"MULTI was answered with {text}");
        if (_replies > 1 && text != "+QUEUED" && !text.StartsWith("-MISCONF", StringComparison.Ordinal)
            && !text.StartsWith("-BUSY", StringComparison.Ordinal))
            throw new SimFailureException($"a queued command was answered with {text}");
        return false;
    }

    public override string ToString() =>
        $"[{Invoke}..{(IsPending ? "" : Return)}] client {Client}/{Session}: {Action} → {Reply ?? "?"}";

    private void NoteReceivers(RespValue reply)
    {
        for (int i = 0; i < Action.Commands.Length; i++)
        {
            if (SimAction.IsPublish(Action.Commands[i]))
                Receivers.Add((Action.IsOneOfMany ? reply.Children[i] : reply).Integer);
        }
    }

    // The number of receivers is not for the model: ":*" stands for any.
    private string TextOfAll(RespValue value, bool isTransaction)
    {
        if (value.IsNull || value.IsError) return Text(value);
        IEnumerable<string> texts = Action.Commands.Select((command, i) =>
            SimAction.IsPublish(command) ? ":*"
            : Text(isTransaction ? value.Children[i] : value, isSorted: command[0] == "KEYS"));
        return isTransaction ? $"[{string.Join(',', texts)}]" : texts.Single();
    }

    private static string Text(RespValue value, bool isSorted) => !isSorted || value.Kind != RespKind.Array
        ? Text(value)
        : $"[{string.Join(',', value.Children.Select(Text).Order(StringComparer.Ordinal))}]";

    private static string Text(RespValue value) => value.Kind switch
    {
        RespKind.SimpleString => "+" + value.Text,
        RespKind.Error => "-" + value.Text,
        RespKind.Integer => $":{value.Integer}",
        RespKind.Array => $"[{string.Join(',', value.Children.Select(Text))}]",
        _ when value.IsNull => "_",
        _ => "$" + value.Text,
    };
}

/// <summary>A run has shown something that must not be.</summary>
internal sealed class SimFailureException(string message) : Exception(message);
