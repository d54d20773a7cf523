namespace Hedge.Host.Commands.Hashes;

/// <summary>The options of HGETEX and HSETEX before FIELDS.</summary>
internal struct FieldOptions
{
    /// <summary>FNX: only when none of the fields is there.</summary>
    public bool IfAbsent;

    /// <summary>FXX: only when all of the fields are there.</summary>
    public bool IfPresent;

    /// <summary>KEEPTTL or PERSIST.</summary>
    public bool KeepsOrPersists;

    /// <summary>When the fields expire, Unix milliseconds, maybe in the past, with
    /// <see cref="HasTime"/>.</summary>
    public long ExpireAt;

    /// <summary>True for EX, PX, EXAT and PXAT.</summary>
    public bool HasTime;

    /// <summary>Where FIELDS is to stand.</summary>
    public int Next;

    /// <summary>Reads them; false after replying with an error.</summary>
    /// <param name="context">The command.</param>
    /// <param name="isSet">HSETEX: with FNX, FXX and KEEPTTL, without PERSIST.</param>
    /// <param name="options">The options.</param>
    public static bool TryRead(CommandContext context, bool isSet, out FieldOptions options)
    {
        options = new FieldOptions { Next = 2 };
        while (options.Next < context.ArgumentCount && !context.Is(options.Next, "FIELDS"u8))
            if (!options.TryTake(context, isSet)) return false;
        return true;
    }

    private bool TryTake(CommandContext context, bool isSet)
    {
        int at = Next++;
        if (isSet && (context.Is(at, "FNX"u8) || context.Is(at, "FXX"u8)))
        {
            bool isTwice = IfAbsent || IfPresent;
            IfAbsent = context.Is(at, "FNX"u8);
            IfPresent = !IfAbsent;
            if (isTwice) context.Reply.Error("ERR Only one of FXX or FNX arguments can be specified");
            return !isTwice;
        }

        bool keeps = context.Is(at, isSet ? "KEEPTTL"u8 : "PERSIST"u8);
        bool inSeconds = context.Is(at, "EX"u8) || context.Is(at, "EXAT"u8);
        bool isRelative = context.Is(at, "EX"u8) || context.Is(at, "PX"u8);
        if (!keeps && !inSeconds && !isRelative && !context.Is(at, "PXAT"u8))
        {
            ReplyText.Error(context, "ERR unknown argument: "u8, context.Argument(at));
            return false;
        }

        if (KeepsOrPersists || HasTime)
        {
            context.Reply.Error(isSet
                ? "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified"
                : "ERR Only one of EX, PX, EXAT, PXAT or PERSIST arguments can be specified");
            return false;
        }

        KeepsOrPersists = keeps;
        if (keeps) return true;
        HasTime = true;
        if (Next == context.ArgumentCount)
        {
            context.Reply.Error(ErrorText.Syntax);
            return false;
        }

        return FieldTime.TryRead(context, Next++, isRelative, inSeconds ? 1000 : 1, out ExpireAt);
    }
}
