using System.Buffers;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

internal sealed class RestoreCommand : ICommand
{
    private const string NotIntact = "ERR DUMP payload version or checksum are wrong";
    private const string Malformed = "ERR Bad data format";
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
        if (!DumpReader.IsIntact(payload))
        {
            context.Reply.Error(NotIntact);
            return;
        }

        switch (DumpReader.TypeOf(payload))
        {
            case null:
                context.Reply.Error(Malformed);
                break;
            case RecordType.String:
                RestoreString(context, options, existing.Exists, expireAt);
                break;
            case { } type:
                RestoreCollection(context, options, existing.Exists, expireAt, type);
                break;
        }
    }

    private static void RestoreString(CommandContext context, in Options options, bool exists, long expireAt)
    {
        ReadOnlySpan<byte> key = context.Argument(1), payload = context.Argument(3);
        if (!DumpReader.TryLength(payload, out int length))
        {
            context.Reply.Error(Malformed);
            return;
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent(length);
        Span<byte> value = rented.AsSpan(0, length);
        if (!DumpReader.TryReadString(payload, value))
        {
            context.Reply.Error(Malformed);
        }
        else if (!IsOver(context, expireAt, exists))
        {
            context.Keys.SetString(key, value, expireAt);
            SetUse(context, options, key);
            context.Notify(KeyspaceEvents.New, "new"u8, key);
            End(context, key);
        }

        ArrayPool<byte>.Shared.Return(rented);
    }

    private static void RestoreCollection(CommandContext context, in Options options, bool exists,
        long expireAt, RecordType type)
    {
        ReadOnlySpan<byte> key = context.Argument(1), payload = context.Argument(3);
        bool isStream = type == RecordType.Stream;
        StreamSize? stream = isStream ? StreamSize.Of(payload) : null;
        CollectionSize? size = isStream ? null : CollectionSize.Of(payload);
        if (stream == null && size == null)
        {
            context.Reply.Error(Malformed);
        }
        else if (!IsOver(context, expireAt, exists))
        {
            if (exists) context.Keys.Remove(key);
            context.Notify(KeyspaceEvents.New, "new"u8, key);
            if (stream != null) StreamRestore.Make(context, key, payload, stream);
            else CollectionRestore.Make(context, key, type, payload, size!);
            if (expireAt != 0) context.Keys.SetExpiry(key, expireAt);
            SetUse(context, options, key);
            End(context, key);
        }
    }

    // An expiry in the past restores nothing, but REPLACE has removed the old value by then.
    private static bool IsOver(CommandContext context, long expireAt, bool exists)
    {
        if (expireAt == 0 || expireAt > context.NowMilliseconds) return false;
        ReadOnlySpan<byte> key = context.Argument(1);
        if (exists)
        {
            context.Keys.Remove(key);
            context.Notify(KeyspaceEvents.Generic, "del"u8, key);
        }

        context.Reply.Ok();
        return true;
    }

    private static void End(CommandContext context, ReadOnlySpan<byte> key)
    {
        context.Notify(KeyspaceEvents.Generic, "restore"u8, key);
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

    private struct Options
    {
        public bool Replace;
        public bool Absolute;
        public long IdleSeconds;
        public long Frequency;
    }
}
