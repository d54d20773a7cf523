using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Strings;

/// <summary>The options of SET and its kin.</summary>
[Flags]
internal enum SetFlags
{
    None = 0,
    IfAbsent = 1 << 0,
    IfPresent = 1 << 1,
    ReturnOld = 1 << 2,
    KeepExpiry = 1 << 3,
    Persist = 1 << 4,
    Seconds = 1 << 5,
    Milliseconds = 1 << 6,
    AtSeconds = 1 << 7,
    AtMilliseconds = 1 << 8,
    IfEqual = 1 << 9,
    IfNotEqual = 1 << 10,
    IfDigest = 1 << 11,
    IfNotDigest = 1 << 12,
    AnyExpiry = Seconds | Milliseconds | AtSeconds | AtMilliseconds,
    NeedsEqual = IfEqual | IfDigest,
    ComparesDigest = IfDigest | IfNotDigest,
    AnyComparison = IfEqual | IfNotEqual | ComparesDigest,
    AnyCondition = IfAbsent | IfPresent | AnyComparison,
    AnyOfSet = AnyCondition | ReturnOld | KeepExpiry | AnyExpiry,
    AnyOfGetEx = AnyExpiry | Persist,
}

/// <summary>Options as given: which ones, and where the expiry's number and the operand of a comparison
/// stand.</summary>
internal struct SetOptions
{
    /// <summary>The options given.</summary>
    public SetFlags Flags;

    /// <summary>Index of the argument that holds the expiry; 0 for none.</summary>
    public int ExpiryIndex;

    /// <summary>Index of the argument that the value is compared with; 0 for none.</summary>
    public int OperandIndex;

    /// <summary>
    /// Parses the arguments from <paramref name="index"/> on; false after replying with a syntax error. The
    /// same expiry option may stand twice (the last one counts), two different ones may not.
    /// </summary>
    public static bool TryParse(CommandContext context, int index, SetFlags allowed, out SetOptions options)
    {
        options = default;
        for (; index < context.ArgumentCount; index++)
        {
            SetFlags option = Recognise(context, index) & allowed;
            SetFlags excluded = Excludes(option);
            bool isExpiry = (option & SetFlags.AnyExpiry) != 0;
            bool compares = (option & SetFlags.AnyComparison) != 0;
            if (option == SetFlags.None || (options.Flags & excluded) != 0
                || ((isExpiry || compares) && index + 1 == context.ArgumentCount))
            {
                context.Reply.Error(ErrorText.Syntax);
                return false;
            }

            options.Flags |= option;
            if (isExpiry) options.ExpiryIndex = ++index;
            if (compares) options.OperandIndex = ++index;
        }

        return (options.Flags & SetFlags.ComparesDigest) == 0
            || ValueCondition.IsDigest(context, options.OperandIndex);
    }

    /// <summary>Tells that a key got an expiry. One whose time has passed is gone at once; Redis finds that a
    /// moment later, and tells the same.</summary>
    public static void TellExpiry(CommandContext context, ReadOnlySpan<byte> key, long expireAt)
    {
        context.Notify(KeyspaceEvents.Generic, "expire"u8, key);
        if (expireAt <= context.NowMilliseconds) context.TellExpired(key);
    }

    /// <summary>The moment the key expires, Unix milliseconds, or 0 without an expiry option; false after an
    /// error.</summary>
    public readonly bool TryExpireAt(CommandContext context, out long expireAt)
    {
        expireAt = 0;
        return ExpiryIndex == 0 || ExpiryTime.TryRead(context, ExpiryIndex,
            inSeconds: (Flags & (SetFlags.Seconds | SetFlags.AtSeconds)) != 0,
            isRelative: (Flags & (SetFlags.Seconds | SetFlags.Milliseconds)) != 0, out expireAt);
    }

    private static SetFlags Recognise(CommandContext context, int index)
    {
        switch (context.Argument(index).Length)
        {
            case 2:
                if (context.Is(index, "EX"u8)) return SetFlags.Seconds;
                if (context.Is(index, "PX"u8)) return SetFlags.Milliseconds;
                if (context.Is(index, "NX"u8)) return SetFlags.IfAbsent;
                return context.Is(index, "XX"u8) ? SetFlags.IfPresent : SetFlags.None;
            case 3:
                return context.Is(index, "GET"u8) ? SetFlags.ReturnOld : SetFlags.None;
            case 4:
                if (context.Is(index, "EXAT"u8)) return SetFlags.AtSeconds;
                if (context.Is(index, "PXAT"u8)) return SetFlags.AtMilliseconds;
                if (context.Is(index, "IFEQ"u8)) return SetFlags.IfEqual;
                return context.Is(index, "IFNE"u8) ? SetFlags.IfNotEqual : SetFlags.None;
            case 5:
                if (context.Is(index, "IFDEQ"u8)) return SetFlags.IfDigest;
                return context.Is(index, "IFDNE"u8) ? SetFlags.IfNotDigest : SetFlags.None;
            case 7:
                if (context.Is(index, "KEEPTTL"u8)) return SetFlags.KeepExpiry;
                return context.Is(index, "PERSIST"u8) ? SetFlags.Persist : SetFlags.None;
            default:
                return SetFlags.None;
        }
    }

    private static SetFlags Excludes(SetFlags option)
    {
        const SetFlags Lifetimes = SetFlags.AnyExpiry | SetFlags.KeepExpiry | SetFlags.Persist;
        if (option == SetFlags.ReturnOld) return SetFlags.None;
        SetFlags group = (option & SetFlags.AnyCondition) != 0 ? SetFlags.AnyCondition : Lifetimes;
        return group & ~option;
    }
}
