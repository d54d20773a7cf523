using System.Buffers;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

internal sealed class RestoreCommand : ICommand
{
    private const string NotIntact = "ERR DUMP payload version or checksum are wrong";
    private const string Malformed = "ERR Bad data format";
    private const string OtherType = "ERR the payload holds a type other than string, not stored here";
    private const string BadTtl = "ERR Invalid TTL value, must be >= 0";
    private const string BadIdleTime = "ERR Invalid IDLETIME value, must be >= 0";
    private const string BadFrequency = "ERR Invalid FREQ value, must be >= 0 and <= 255";
    private const string KeyExists = "BUSYKEY Target key name already exists.";

    public static CommandSpec Spec { get; } = new("RESTORE", -4,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.Keyspace | AclCategory.Dangerous,
        KeySpec.At(1, KeyFlags.Overwrite | KeyFlags.Update))
    {
        Traits = CommandTraits.TellsNewKeys,
        Syntax = "key ttl serialized-value [REPLACE] [ABSTTL] [IDLETIME seconds] [FREQ frequency]",
        Arguments =
            "key ttl serialized-value replace@3.0.0 absttl@5.0.0 seconds@5.0.0 " +
            "frequency:integer@5.0.0",
        Since = "2.6.0",
        Group = "generic",
        Complexity =
            "O(1) to create the new key and additional O(N*M) to reconstruct the serialized value, " +
            "where N is the number of Redis objects composing the value and M their average size. " +
            "For small string values the time complexity is thus O(1)+O(1*M) where M is small, so " +
            "simply O(1). However for sorted set values the complexity is O(N*M*log(N)) because " +
            "inserting values into sorted sets is O(log(N)).",
        Summary = "Create a key using the provided serialized value, previously obtained using DUMP.",
        History =
        [
            ("3.0.0", "Added the `REPLACE` modifier."),
            ("5.0.0", "Added the `ABSTTL` modifier."),
            ("5.0.0", "Added the `IDLETIME` and `FREQ` options."),
        ],
    };

    public static void Execute(CommandContext context)
    {
        if (!TryParse(context, out Options options)) return;
        ReadOnlySpan<byte> key = context.Argument(1);
        bool resident = context.Keys.TryFind(key, out Record existing);
        if (!resident) return;
        if (existing.Exists && !options.Replace)
        {
            context.Reply.Error(KeyExists);
            return;
        }

        if (!TryExpiry(context, options.Absolute, out long expireAt)) return;
        ReadOnlySpan<byte> payload = context.Argument(3);
        if (!TryLength(context, payload, out int length)) return;
        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        Span<byte> value = rented.AsSpan(0, length);
        bool read = DumpReader.TryReadString(payload, value);
        if (read) Store(context, options, existing.Exists, expireAt, value);
        else context.Reply.Error(Malformed);
        ArrayPool<byte>.Shared.Return(rented);
    }

    // An expiry in the past restores nothing, but REPLACE has removed the old value by then.
    private static void Store(CommandContext context, in Options options, bool exists, long expireAt,
        ReadOnlySpan<byte> value)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (expireAt != 0 && expireAt <= context.NowMilliseconds)
        {
            if (exists)
            {
                context.Keys.Remove(key);
                context.Notify(KeyspaceEvents.Generic, "del"u8, key);
            }
        }
        else
        {
            context.Keys.SetString(key, value, expireAt);
            SetUse(context, options, key);
            context.Notify(KeyspaceEvents.New, "new"u8, key);
            context.Notify(KeyspaceEvents.Generic, "restore"u8, key);
        }

        context.Reply.Ok();
    }

    // Each of the two counts under the eviction policies that ask for it, as in Redis.
    private static void SetUse(CommandContext context, in Options options, ReadOnlySpan<byte> key)
    {
        if (context.Server.Settings.Current.CountsFrequency)
        {
            if (options.Frequency >= 0) context.Keys.SetFrequency(key, (byte)options.Frequency);
        }
        else if (options.IdleSeconds >= 0)
        {
            long idle = Math.Min(options.IdleSeconds, int.MaxValue);
            context.Keys.SetLastAccess(key, (uint)((context.NowMilliseconds / 1000) - idle));
        }
    }

    private static bool TryParse(CommandContext context, out Options options)
    {
        options = new Options { IdleSeconds = -1, Frequency = -1 };
        for (int i = 4; i < context.ArgumentCount; i++)
        {
            bool hasValue = i + 1 < context.ArgumentCount;
            if (context.Is(i, "REPLACE"u8))
            {
                options.Replace = true;
            }
            else if (context.Is(i, "ABSTTL"u8))
            {
                options.Absolute = true;
            }
            else if (hasValue && options.Frequency < 0 && context.Is(i, "IDLETIME"u8))
            {
                if (!TryBounded(context, ++i, long.MaxValue, BadIdleTime, out options.IdleSeconds))
                    return false;
            }
            else if (hasValue && options.IdleSeconds < 0 && context.Is(i, "FREQ"u8))
            {
                if (!TryBounded(context, ++i, byte.MaxValue, BadFrequency, out options.Frequency))
                    return false;
            }
            else
            {
                context.Reply.Error(ErrorText.Syntax);
                return false;
            }
        }

        return true;
    }

    private static bool TryBounded(CommandContext context, int index, long max, string error, out long value)
    {
        if (!context.TryInteger(index, out value)) return false;
        if (value >= 0 && value <= max) return true;
        context.Reply.Error(error);
        return false;
    }

    private static bool TryExpiry(CommandContext context, bool absolute, out long expireAt)
    {
        if (!TryBounded(context, 2, long.MaxValue, BadTtl, out expireAt)) return false;
        if (expireAt != 0 && !absolute) expireAt = unchecked(expireAt + context.NowMilliseconds);
        return true;
    }

    private static bool TryLength(CommandContext context, ReadOnlySpan<byte> payload, out int length)
    {
        length = 0;
        if (!DumpReader.IsIntact(payload))
        {
            context.Reply.Error(NotIntact);
            return false;
        }

        RecordType? type = DumpReader.TypeOf(payload);
        if (type == RecordType.String && DumpReader.TryLength(payload, out length)) return true;
        context.Reply.Error(type is null or RecordType.String ? Malformed : OtherType);
        return false;
    }

    private struct Options
    {
        public bool Replace;
        public bool Absolute;
        public long IdleSeconds;
        public long Frequency;
    }
}
