using System.Runtime.CompilerServices;

namespace Hedge.Host.Lua.Values;

/// <summary>
/// A value of Lua in 16 bytes: a reference that says what it is, and the number of a number. Nil has no
/// reference. The references of numbers and of truth values are literals. The runtime never moves literals,
/// so that compiled code compares with an address, and stores one without telling the collector.
/// </summary>
internal struct LuaValue
{
    /// <summary>The reference of every number.</summary>
    public static readonly object NumberTag = "number";

    /// <summary>The reference of true.</summary>
    public static readonly object TrueTag = "true";

    /// <summary>The reference of false.</summary>
    public static readonly object FalseTag = "false";

    /// <summary>What the value is, or the object itself.</summary>
    public object? Ref;

    /// <summary>The number, when it is one.</summary>
    public double Number;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public LuaValue(double number)
    {
        Ref = NumberTag;
        Number = number;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public LuaValue(bool truth) => Ref = truth ? TrueTag : FalseTag;

    /// <summary>The value of an object; nil of null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public LuaValue(LuaObject? value) => Ref = value;

    /// <summary>Whether it is nil.</summary>
    public readonly bool IsNil => Ref is null;

    /// <summary>Whether it is a number.</summary>
    public readonly bool IsNumber => ReferenceEquals(Ref, NumberTag);

    /// <summary>Whether it is true or false.</summary>
    public readonly bool IsBoolean => ReferenceEquals(Ref, TrueTag) || ReferenceEquals(Ref, FalseTag);

    /// <summary>Whether a condition takes it as false: nil and false.</summary>
    public readonly bool IsFalsy => Ref is null || ReferenceEquals(Ref, FalseTag);

    /// <summary>The string, or null.</summary>
    public readonly LuaString? AsString => Ref as LuaString;

    /// <summary>The table, or null.</summary>
    public readonly LuaTable? AsTable => Ref as LuaTable;

    /// <summary>What it is.</summary>
    public readonly LuaType Type => Ref switch
    {
        null => LuaType.Nil,
        LuaObject o => o.Type,
        _ => IsNumber ? LuaType.Number : LuaType.Boolean,
    };

    /// <summary>The name of its type, as <c>type</c> gives it.</summary>
    public readonly string TypeName => Type switch
    {
        LuaType.Nil => "nil",
        LuaType.Boolean => "boolean",
        LuaType.Number => "number",
        LuaType.String => "string",
        LuaType.Table => "table",
        LuaType.Function => "function",
        LuaType.Thread => "thread",
        _ => "userdata",
    };

    public static implicit operator LuaValue(double number) => new(number);

    public static implicit operator LuaValue(bool truth) => new(truth);

    public static implicit operator LuaValue(LuaObject? value) => new(value);

    /// <summary>Becomes a number. Stores no reference when it was one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetNumber(double number)
    {
        Ref = NumberTag;
        Number = number;
    }

    /// <summary>Whether two values are the same without metamethods.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool RawEquals(in LuaValue a, in LuaValue b)
    {
        if (ReferenceEquals(a.Ref, b.Ref)) return !a.IsNumber || a.Number == b.Number;
        return EqualStrings(a.Ref, b.Ref);
    }

    private static bool EqualStrings(object? a, object? b) =>
        a is LuaString x && b is LuaString y && x.EqualTo(y);
}
