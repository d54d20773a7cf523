using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Hedge.Storage.Collections;
using NUnit.Framework;

namespace Hedge.Tests.Collections;

/// <summary>Trees of every order and node size against plain lists, with nodes that must be read
/// first.</summary>
[TestFixture]
public sealed class TreeModelTests
{
    private const int Fast = 30;
    private const int Many = 40;

    [Test]
    [Category("fast")]
    public void Lists_do_as_lists([Range(0, 3)] int shape) =>
        Run(shape, Fast, seed => new ListModel(seed, shape));

    [Test]
    [Category("fast")]
    public void Fields_do_as_dictionaries([Range(0, 3)] int shape) =>
        Run(shape, Fast, seed => new KeyedModel<FieldOrder>(seed, shape, FieldElement));

    [Test]
    [Category("fast")]
    public void Members_do_as_sets([Range(0, 3)] int shape) =>
        Run(shape, Fast, seed => new KeyedModel<MemberOrder>(seed, shape, MemberElement));

    [Test]
    [Category("fast")]
    public void Scores_do_as_sorted_lists([Range(0, 3)] int shape) =>
        Run(shape, Fast, seed => new KeyedModel<ScoreOrder>(seed, shape, ScoreElement));

    [Test]
    [Category("fast")]
    public void Keys_do_as_sorted_dictionaries([Range(0, 3)] int shape) =>
        Run(shape, Fast, seed => new KeyedModel<KeyOrder>(seed, shape, KeyElement));

    [Test]
    [Category("sim")]
    public void Many_seeds_of_all_orders([Range(0, 3)] int shape)
    {
        Run(shape, Many, seed => new ListModel(seed, shape));
        Run(shape, Many, seed => new KeyedModel<FieldOrder>(seed, shape, FieldElement));
        Run(shape, Many, seed => new KeyedModel<MemberOrder>(seed, shape, MemberElement));
        Run(shape, Many, seed => new KeyedModel<ScoreOrder>(seed, shape, ScoreElement));
        Run(shape, Many, seed => new KeyedModel<KeyOrder>(seed, shape, KeyElement));
    }

    internal static TreeShape ShapeOf(int number) => number switch
    {
        0 => new TreeShape(24, 40, 40, 16),
        1 => new TreeShape(64, 64, 128, 64),
        2 => new TreeShape(200, 90, 60, 100),
        _ => new TreeShape(),
    };

    internal static byte[] Text(Random random, int most)
    {
        byte[] text = new byte[random.Next(most)];
        for (int i = 0; i < text.Length; i++) text[i] = (byte)random.Next(3);
        return text;
    }

    private static void Run(int shape, int seeds, Func<int, TreeModel> make)
    {
        long misses = 0;
        int height = 0;
        for (int seed = 0; seed < seeds; seed++)
        {
            TreeModel model = make(seed);
            try
            {
                for (int i = 0; i < 300; i++)
                {
                    model.Step();
                    if (i % 100 == 80) model.Rebuild();
                }

                height = Math.Max(height, model.HeightMax);
                misses += model.Store.Misses;
                model.Drain();
            }
            catch (Exception error) when (error is not SuccessException)
            {
                throw new InvalidOperationException(
                    $"shape {shape}, seed {seed}: {error.Message}", error);
            }
        }

        Assert.That(height, Is.GreaterThan(shape == 3 ? 0 : 1));
        Assert.That(misses, Is.GreaterThan(seeds));
    }

    internal static byte[] FieldElement(Random random, bool isLong)
    {
        byte[] field = Key(random);
        byte[] value = Text(random, isLong ? 400 : 12);
        bool expires = random.Next(4) == 0;
        byte[] element = new byte[field.Length + value.Length + 20];
        int at = 0;
        ElementCodec.WriteLength(element, ref at, (field.Length * 2) + (expires ? 1 : 0));
        field.CopyTo(element, at);
        at += field.Length;
        if (expires) at += FieldOrder.ExpiryBytes;
        ElementCodec.WriteLength(element, ref at, value.Length);
        value.CopyTo(element, at);
        return element[..(at + value.Length)];
    }

    internal static byte[] MemberElement(Random random, bool isLong)
    {
        byte[] member = isLong ? [.. Key(random), .. Text(random, 400)] : Key(random);
        byte[] element = new byte[member.Length + 5];
        int at = 0;
        ElementCodec.WriteLength(element, ref at, member.Length);
        member.CopyTo(element, at);
        return element[..(at + member.Length)];
    }

    internal static byte[] KeyElement(Random random, bool isLong) =>
        [.. MemberElement(random, isLong), .. MemberElement(random, isLong)];

    internal static byte[] ScoreElement(Random random, bool isLong)
    {
        double[] scores = [0, -0.0, 1, -1, double.PositiveInfinity, double.NegativeInfinity, random.Next(9)];
        byte[] score = new byte[ScoreOrder.ScoreBytes];
        BinaryPrimitives.WriteDoubleLittleEndian(score, scores[random.Next(scores.Length)]);
        return [.. score, .. MemberElement(random, isLong)];
    }

    private static byte[] Key(Random random) => random.Next(2) == 0 ? Text(random, 8)
        : Encoding.ASCII.GetBytes(random.Next(300).ToString(CultureInfo.InvariantCulture));
}
