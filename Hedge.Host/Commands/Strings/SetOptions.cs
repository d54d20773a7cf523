namespace Hedge.Host.Commands.Strings;

/// <summary>The options of SET and GETEX.</summary>
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
    AnyExpiry = Seconds | Milliseconds | AtSeconds | AtMilliseconds,
}

/// <summary>Options as given: which ones, and where the expiry's number stands.</summary>
internal struct SetOptions
{
    /// <summary>The options given.</summary>
    public SetFlags Flags;

    /// <summary>Index of the argument that holds the expiry; 0 for none.</summary>
    public int ExpiryIndex;

    /// <summary>
    /// Parses the arguments from <paramref name="index"/> on; false after replying with a syntax error. The
    /// same expiry option may stand twice (the last one counts), two different ones may not.
    /// </summary>
    public static bool TryParse(CommandContext context, int index, bool isSet, out SetOptions options)
    {
        options = default;
        for (; index < context.ArgumentCount; index++)
        {
            SetFlags option = Recognise(context, index, isSet);
            SetFlags excluded = Excludes(option);
            bool isExpiry = (option & SetFlags.AnyExpiry) != 0;
            if (option == SetFlags.None || (options.Flags & excluded) != 0
                || (isExpiry && index + 1 == context.ArgumentCount))
            {
                context.Reply.Error(ErrorText.Syntax);
                return false;
            }

            options.Flags |= option;
            if (isExpiry) options.ExpiryIndex = ++index;
        }

        return true;
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

    private static SetFlags Recognise(CommandContext context, int index, bool isSet)
    {
        switch (context.Argument(index).Length)
        {
            case 2:
                if (context.Is(index, "EX"u8)) return SetFlags.Seconds;
                if (context.Is(index, "PX"u8)) return SetFlags.Milliseconds;
                if (isSet && context.Is(index, "NX"u8)) return SetFlags.IfAbsent;
                return isSet && context.Is(index, "XX"u8) ? SetFlags.IfPresent : SetFlags.None;
            case 3:
                return isSet && context.Is(index, "GET"u8) ? SetFlags.ReturnOld : SetFlags.None;
            case 4:
                if (context.Is(index, "EXAT"u8)) return SetFlags.AtSeconds;
                return context.Is(index, "PXAT"u8) ? SetFlags.AtMilliseconds : SetFlags.None;
            case 7:
                if (isSet) return context.Is(index, "KEEPTTL"u8) ? SetFlags.KeepExpiry : SetFlags.None;
                return context.Is(index, "PERSIST"u8) ? SetFlags.Persist : SetFlags.None;
            default:
                return SetFlags.None;
        }
    }

    private static SetFlags Excludes(SetFlags option)
    {
        const SetFlags Lifetimes = SetFlags.AnyExpiry | SetFlags.KeepExpiry | SetFlags.Persist;
        return option switch
        {
            SetFlags.IfAbsent => SetFlags.IfPresent,
            SetFlags.IfPresent => SetFlags.IfAbsent,
            SetFlags.ReturnOld => SetFlags.None,
            _ => Lifetimes & ~option,
        };
    }
}
